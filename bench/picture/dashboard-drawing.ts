/**
 * What draws the dashboard in a browser that has uPlot: a script, run in the page.
 *
 * Role: `draw(dashboard)` fills the page's `main`: the last value of boxes, graphs of the rest, a line at each mark.
 */
export const drawing = `(() => {
  const colours = ['#73bf69', '#f2cc0c', '#5794f2', '#ff9830', '#b877d9', '#f2495c', '#8ab8ff', '#ffa6b0', '#96d98d', '#fade2a'];
  const made = (name, parent, text = '', className = '') => {
    const element = parent.appendChild(document.createElement(name));
    element.textContent = text;
    element.className = className;
    return element;
  };
  const short = (value) => value.toLocaleString('en', { maximumSignificantDigits: 2 });
  const inSeconds = (value) => (value < 1 ? short(value * 1000) + ' ms' : short(value) + ' s');
  const inWords = (unit) => (unit === 's' ? inSeconds : unit === 'ops' ? (value) => short(value) + '/s' : short);

  function box(parent, { title, bad, series }) {
    const panel = made('section', parent, '', 'panel');
    made('h3', panel, title);
    const values = series.map(({ values }) => values.at(-1)?.[1] ?? 0);
    const value = values.length === 0 ? 0 : Math.max(...values);
    const most = Math.max(0, ...series.flatMap(({ values }) => values.map(([, each]) => each)));
    const isBad = bad !== undefined && value >= bad;
    made('b', panel, short(value)).style.color = isBad ? '#f2495c' : '#73bf69';
    if (bad !== undefined && most >= bad && !isBad) made('small', panel, 'was ' + short(most));
  }

  /** Values at every time; null where there is none. Stacked: each on those before it. */
  function columns(series, isStacked) {
    const times = [...new Set(series.flatMap(({ values }) => values.map(([at]) => at)))].sort((one, other) => one - other);
    const below = times.map(() => 0);
    const lines = series.map(({ values }) => {
      const known = new Map(values);
      return times.map((at, index) => {
        const value = known.get(at);
        if (value === undefined || Number.isNaN(value)) return null;
        if (!isStacked) return value;
        below[index] += value;
        return below[index];
      });
    });
    return [times, ...lines];
  }

  function graph(parent, { title, unit, stacked, series }, { marks, from, until }) {
    const panel = made('section', parent, '', 'panel');
    made('h3', panel, title);
    const shown = series.filter(({ values }) => stacked || values.some(([, value]) => value > 0));
    const axis = { stroke: '#8e9196', grid: { stroke: '#26292e', width: 1 }, ticks: { show: false }, font: '10px system-ui' };
    const say = inWords(unit);
    const line = (plot) => {
      const { ctx, bbox } = plot;
      ctx.save();
      ctx.strokeStyle = '#ccccdc';
      ctx.setLineDash([4, 4]);
      for (const { at } of marks) {
        const x = plot.valToPos(at / 1000, 'x', true);
        ctx.beginPath();
        ctx.moveTo(x, bbox.top);
        ctx.lineTo(x, bbox.top + bbox.height);
        ctx.stroke();
      }
      ctx.restore();
    };
    new uPlot(
      {
        width: 380,
        height: 130,
        legend: { show: false },
        cursor: { show: false },
        hooks: { draw: [line] },
        scales: {
          x: { range: [from, until] },
          y: { range: (_, __, most) => [0, Math.max(most, 0) * 1.1 || 1] },
        },
        series: [{}, ...shown.map((_, index) => ({ stroke: colours[index % colours.length], width: 1.5, points: { show: false } }))],
        axes: [
          { ...axis, size: 22, values: (_, times) => times.map((at) => Math.round(at - from) + ' s') },
          { ...axis, size: 56, values: (_, values) => values.map(say) },
        ],
      },
      columns(shown, stacked),
      panel,
    );
    const legend = made('p', panel, shown.length === 0 ? 'nothing' : '');
    for (const [index, { name }] of shown.entries()) made('span', legend, name).style.color = colours[index % colours.length];
  }

  window.draw = ({ marks, rows, from, until }) => {
    const main = document.querySelector('main');
    const when = ({ at, text }) => text + ' at ' + Math.round(at / 1000 - from / 1000) + ' s';
    made('p', main, marks.map(when).join(', '));
    for (const { title, panels } of rows) {
      made('h2', main, title);
      const boxes = made('div', main, '', 'boxes');
      const graphs = made('div', main, '', 'graphs');
      for (const panel of panels) {
        if (panel.type === 'stat') box(boxes, panel);
        else graph(graphs, panel, { marks, from: from / 1000, until: until / 1000 });
      }
    }
  };
})()`;
