'use strict';
/* Tabs of flame graphs, filters of tables, everything unfolded for the printer. */
(() => {
  const select = (tabs, button) => {
    for (const other of tabs.querySelectorAll('button')) {
      const chosen = other === button;
      other.setAttribute('aria-selected', chosen);
      other.tabIndex = chosen ? 0 : -1;
      document.getElementById(other.dataset.panel).hidden = !chosen;
    }
  };
  for (const tabs of document.querySelectorAll('.tabs')) {
    const buttons = [...tabs.querySelectorAll('button')];
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
  for (const table of document.querySelectorAll('table.long')) {
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
  let closed = [];
  addEventListener('beforeprint', () => {
    closed = [...document.querySelectorAll('details:not([open])')];
    for (const one of closed) one.open = true;
  });
  addEventListener('afterprint', () => { for (const one of closed) one.open = false; });
})();
