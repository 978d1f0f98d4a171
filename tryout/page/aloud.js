// Reading aloud: recordings as they are, other words by the browser's own voice.

let playing = null;

/** Play an audio element or speak a text; resolves when it is over or stopped. */
export function aloud(entry, audio) {
  stop();
  return new Promise((resolve) => {
    if (audio) {
      playing = () => audio.pause();
      for (const over of ["ended", "pause", "error"]) {
        audio.addEventListener(over, resolve, { once: true });
      }
      audio.currentTime = 0;
      audio.play().catch(resolve); // a browser may forbid sound: then it is as if it were over
      return;
    }
    if (!entry.text || !window.speechSynthesis) {
      resolve();
      return;
    }
    const speech = new SpeechSynthesisUtterance(entry.text);
    speech.lang = entry.language.replace("cmn", "zh");
    speech.onend = resolve;
    speech.onerror = resolve;
    playing = () => speechSynthesis.cancel();
    speechSynthesis.speak(speech);
  });
}

export function stop() {
  playing?.();
  playing = null;
}
