// The countdown, one click at a time, and the word to the page around this frame.
(() => {
  const { state, now, expires } = document.body.dataset;
  const isFramed = window.parent !== window;

  if (state && isFramed) {
    window.parent.postMessage({ souk: "payment", state }, window.location.origin);
  }
  const back = document.querySelector(".back");
  if (back && !isFramed) back.hidden = false;

  const left = document.getElementById("left");
  if (left) {
    // By the server's clock: the difference holds however wrong this device's clock is.
    const end = performance.now() + Number(expires) - Number(now);
    const show = () => {
      const secs = Math.max(0, Math.ceil((end - performance.now()) / 1000));
      const two = (number) => String(number).padStart(2, "0");
      left.textContent = `${two(Math.floor(secs / 60))}:${two(secs % 60)}`;
      if (secs > 0) return;
      clearInterval(timer);
      setTimeout(() => window.location.reload(), 1000);
    };
    const timer = setInterval(show, 500);
  }

  const form = document.querySelector("form");
  form?.addEventListener("submit", () => {
    // After the browser has read which button it was.
    setTimeout(() => form.querySelectorAll("button").forEach((button) => (button.disabled = true)));
  });
  // From the browser's memory of pages, where buttons are as they were left.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
})();
