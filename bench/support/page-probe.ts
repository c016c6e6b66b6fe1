/**
 * What the crawl's page times of itself: a script that is run in it.
 *
 * Why in there: a driver that asks from outside adds what asking takes.
 * Role: `probe.step()` presses the key of an open direction and resolves, with ms, when the plan says `stored`; `probe.frames()` resolves when the next
 * round was played on the map, with the ms between its frames.
 */
export const probe = `(() => {
  const seen = (condition) =>
    new Promise((resolve) => {
      const look = () => condition() && (observer.disconnect(), resolve(performance.now()));
      const observer = new MutationObserver(look);
      observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
      look();
    });
  window.probe = {
    async step() {
      const key = document.querySelector('.pad button:enabled').dataset.key;
      const map = document.querySelector('.map');
      const shown = seen(() => document.querySelector('.plan .stored') !== null);
      const at = performance.now();
      map.dispatchEvent(new KeyboardEvent('keydown', { code: 'Key' + key, key: key.toLowerCase(), bubbles: true, cancelable: true }));
      return (await shown) - at;
    },
    async frames() {
      const moves = () => document.querySelector('.skip') !== null;
      await seen(moves);
      const times = [];
      await new Promise((resolve) => {
        const next = (time) => {
          times.push(time);
          if (moves()) requestAnimationFrame(next);
          else resolve();
        };
        requestAnimationFrame(next);
      });
      return times.slice(1).map((time, index) => time - times[index]);
    },
  };
})()`;
