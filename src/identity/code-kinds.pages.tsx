/** The choice between a code of the app and a recovery code. */
export function CodeKinds({ legend }: { legend: string }) {
  return (
    <fieldset>
      <legend>{legend}</legend>
      <label class="choice">
        <input type="radio" name="kind" value="app" checked /> The app
      </label>
      <label class="choice">
        <input type="radio" name="kind" value="recovery" /> My recovery codes (each works once)
      </label>
    </fieldset>
  );
}
