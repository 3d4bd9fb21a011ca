import type { Gate } from '../explain/gate.ts';
import { longDay } from '../letter/letter.rules.ts';
import { GATE_WORDS } from './words.ts';

/** Gates of policy W in their order, each with its sentence. */
export function Gates({ gates }: { gates: readonly Gate[] }) {
  return (
    <ol class="gates">
      {gates.map(({ gate, clause, passed, detail, opens_on }) => (
        <li>
          <span class={passed ? 'good' : 'bad'} aria-hidden="true">
            {passed ? '✓' : '✗'}
          </span>
          <span>
            <strong>{`${GATE_WORDS[gate]} (${clause}): ${passed ? 'passed' : 'not passed'}.`}</strong> {detail}
            {!passed && opens_on !== null && ` Opens by itself on ${longDay(opens_on)}.`}
          </span>
        </li>
      ))}
    </ol>
  );
}

/** Only the gates that are shut, in one line. */
export function shutGates(gates: readonly Gate[]): string {
  return gates
    .filter((gate) => !gate.passed)
    .map(({ gate, clause, detail }) => `${GATE_WORDS[gate]} (${clause}): ${detail}`)
    .join(' ');
}
