'use strict';
/* Zoom, search and keys of a flame graph. Each frame carries its place: data-x and data-w are fractions of the
 * whole width, data-d is the depth; the first line of its title is its name. Frames stand in the order of a
 * walk, a parent before its children. */
(() => {
  const svg = document.documentElement.localName === 'svg'
    ? document.documentElement : document.currentScript.closest('svg');
  const find = name => svg.querySelector('.' + name);
  const frames = [...svg.querySelectorAll('.f')].map((g, at) => {
    const title = g.firstElementChild.textContent;
    return { g, at, rect: g.children[1], text: g.children[2], title, name: title.slice(0, title.indexOf('\n')),
      x: +g.dataset.x, w: +g.dataset.w, d: +g.dataset.d };
  });
  const frameOfElement = new Map(frames.map(frame => [frame.g, frame]));
  const [, , width] = svg.getAttribute('viewBox').split(' ').map(Number);
  const margin = 10, across = width - 2 * margin, letter = 6.63;
  let zoomed = frames[0];

  const label = (name, room) => {
    const fits = Math.floor((room - 6) / letter);
    const tail = Math.floor((fits - 1) / 3);
    return fits < 3 ? '' : name.length <= fits ? name
      : name.slice(0, fits - 1 - tail) + '…' + (tail ? name.slice(-tail) : '');
  };

  const makeText = frame => {
    frame.text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
    frame.text.setAttribute('y', +frame.rect.getAttribute('y') + 12);
    frame.g.append(frame.text);
  };

  /* What lies over the zoomed frame takes the whole width, what is beside it goes. */
  const place = frame => {
    const above = frame.d < zoomed.d && frame.x <= zoomed.x && frame.x + frame.w >= zoomed.x + zoomed.w;
    const inside = frame.d >= zoomed.d && frame.x >= zoomed.x && frame.x + frame.w <= zoomed.x + zoomed.w;
    const x = above ? 0 : (frame.x - zoomed.x) / zoomed.w;
    const w = above ? 1 : frame.w / zoomed.w;
    frame.g.classList.toggle('gone', !above && !inside);
    frame.g.classList.toggle('above', above);
    if (!above && !inside) return;
    frame.rect.setAttribute('x', (margin + x * across).toFixed(2));
    frame.rect.setAttribute('width', (w * across).toFixed(2));
    const text = label(frame.name, w * across);
    if (!frame.text && !text) return;
    if (!frame.text) makeText(frame);
    frame.text.setAttribute('x', (margin + x * across + 3).toFixed(2));
    frame.text.textContent = text;
  };

  const zoom = frame => {
    zoomed = frame;
    frames.forEach(place);
    find('reset').classList.toggle('gone', zoomed === frames[0]);
  };

  /* A found frame inside of another found one is counted once. */
  const search = words => {
    let pattern = null, matched = 0, end = [];
    try { pattern = words && new RegExp(words, 'i'); } catch { pattern = null; }
    for (const frame of frames) {
      const found = !!pattern && pattern.test(frame.name);
      frame.g.classList.toggle('found', found);
      end.length = Math.min(end.length, frame.d);
      const inside = end.some(Boolean);
      end[frame.d] = found;
      if (found && !inside) matched += frame.w;
    }
    find('matched').textContent = pattern ? 'found: ' + (100 * matched).toFixed(1) + ' %' : '';
  };

  const frameOf = event => {
    const g = event.target.closest && event.target.closest('.f');
    return g && frameOfElement.get(g);
  };
  const show = event => {
    const frame = frameOf(event);
    find('details').textContent = frame ? frame.title.replace(/\n/g, '   ') : '';
  };
  /* One frame can be reached with Tab, arrows lead to the others: up to the caller, down to what it called,
   * left and right to its neighbours. */
  let current = frames[0];
  const makeCurrent = frame => {
    current.g.removeAttribute('tabindex');
    current = frame;
    current.g.setAttribute('tabindex', 0);
  };
  const visible = frame => !frame.g.classList.contains('gone');
  const walk = (frame, step, wanted) => {
    for (let at = frame.at + step; at >= 0 && at < frames.length; at += step)
      if (visible(frames[at]) && wanted(frames[at])) return frames[at];
    return null;
  };
  const neighbours = {
    ArrowUp: frame => walk(frame, -1, other => other.d === frame.d - 1),
    ArrowDown: frame => {
      const next = walk(frame, 1, () => true);
      return next && next.d > frame.d ? next : null;
    },
    ArrowLeft: frame => walk(frame, -1, other => other.d === frame.d),
    ArrowRight: frame => walk(frame, 1, other => other.d === frame.d),
  };

  svg.addEventListener('click', event => {
    const frame = frameOf(event);
    if (frame) {
      zoom(frame);
      makeCurrent(frame);
    } else if (event.target.classList.contains('reset')) zoom(frames[0]);
  });
  svg.addEventListener('mouseover', show);
  svg.addEventListener('focusin', show);
  svg.addEventListener('keydown', event => {
    const frame = frameOf(event);
    if (event.key === 'Escape') zoom(frames[0]);
    else if (event.key === 'Enter' && frame) zoom(frame);
    else if (frame && neighbours[event.key]) {
      const next = neighbours[event.key](frame);
      if (next) {
        makeCurrent(next);
        next.g.focus();
      }
    } else if (event.key === '/' && event.target.localName !== 'input') find('words').focus();
    else return;
    event.preventDefault();
  });
  makeCurrent(current);
  find('search').classList.remove('gone');
  find('words').addEventListener('input', event => search(event.target.value));
})();
