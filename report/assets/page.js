'use strict';
/* Tabs of flame graphs, filters of tables, values under the pointer in a chart, the folded for the printer. */
(() => {
  const select = (tabs, button) => {
    for (const other of tabs.querySelectorAll('button')) {
      const chosen = other === button;
      other.setAttribute('aria-selected', chosen);
      other.tabIndex = chosen ? 0 : -1;
      const panel = document.getElementById(other.dataset.panel), template = panel.querySelector('template');
      panel.hidden = !chosen;
      if (chosen && template) template.replaceWith(template.content);
    }
  };
  for (const tabs of document.querySelectorAll('.tabs')) {
    const buttons = [...tabs.querySelectorAll('button')];
    if (!buttons.length) continue;
    tabs.addEventListener('click', event => {
      if (event.target.dataset.panel) select(tabs, event.target);
    });
    tabs.addEventListener('keydown', event => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const at = buttons.indexOf(document.activeElement);
      if (!step || at < 0) return;
      const next = buttons[(at + step + buttons.length) % buttons.length];
      select(tabs, next);
      next.focus();
    });
    select(tabs, buttons[0]);
  }

  const few = 4;
  for (const table of document.querySelectorAll('table.long')) {
    if (table.tBodies[0].rows.length <= few) continue;
    const input = document.createElement('input');
    input.className = 'filter';
    input.type = 'search';
    input.placeholder = 'filter';
    input.setAttribute('aria-label', 'filter the table below');
    table.before(input);
    input.addEventListener('input', () => {
      const words = input.value.toLowerCase();
      for (const row of table.tBodies[0].rows) row.hidden = !row.textContent.toLowerCase().includes(words);
    });
  }

  /* A chart's curves have their points in the picture's units; the scale is in the data attributes. */
  const size = bytes => {
    let unit = 0;
    for (; bytes >= 1024 && unit < 4; unit++) bytes /= 1024;
    return (unit ? bytes.toFixed(1) : Math.round(bytes)) + ' ' + ['B', 'KiB', 'MiB', 'GiB', 'TiB'][unit];
  };
  const time = seconds => seconds < 120 ? seconds.toFixed(seconds < 10 ? 2 : 1) + ' s'
    : Math.floor(seconds / 60) + ' min ' + Math.round(seconds % 60) + ' s';
  for (const chart of document.querySelectorAll('svg.timeline')) {
    const number = name => +chart.dataset[name];
    const curves = [...chart.querySelectorAll('polyline')].map(line => ({
      name: line.getAttribute('class'),
      points: line.getAttribute('points').trim().split(' ').map(point => point.split(',').map(Number)),
    }));
    const readout = chart.querySelector('.readout'), rule = chart.querySelector('.rule');
    const [x0, x1, y0, y1] = [number('left'), number('right'), number('bottom'), number('top')];
    let at = null;
    const show = () => {
      rule.setAttribute('visibility', at === null ? 'hidden' : 'visible');
      readout.textContent = '';
      if (at === null) return;
      rule.setAttribute('x1', at);
      rule.setAttribute('x2', at);
      const values = curves.map(curve => {
        const near = curve.points.reduce((best, point) => Math.abs(point[0] - at) < Math.abs(best[0] - at) ? point : best);
        return curve.name + ' ' + size((y0 - near[1]) / (y0 - y1) * number('bytes'));
      });
      readout.textContent = time((at - x0) / (x1 - x0) * number('seconds')) + ': ' + values.reverse().join(', ');
    };
    const move = x => { at = x === null ? null : Math.max(x0, Math.min(x1, x)); show(); };
    chart.tabIndex = 0;
    chart.addEventListener('mousemove', event => {
      const box = chart.getBoundingClientRect();
      move((event.clientX - box.left) / box.width * chart.viewBox.baseVal.width);
    });
    chart.addEventListener('mouseleave', () => move(null));
    chart.addEventListener('blur', () => move(null));
    chart.addEventListener('keydown', event => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      move((at === null ? x0 : at) + step * (x1 - x0) / 100);
    });
  }

  /* What is folded is printed, too, as far as somebody may want to read it on paper. */
  const most = 100;
  let closed = [];
  addEventListener('beforeprint', () => {
    closed = [...document.querySelectorAll('details:not([open])')].slice(0, most);
    for (const one of closed) one.open = true;
  });
  addEventListener('afterprint', () => { for (const one of closed) one.open = false; });
})();
