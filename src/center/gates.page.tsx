import type { Gate } from '../explain/gate.ts';
import { longDay } from '../letter/letter.rules.ts';
import { CLAUSES } from '../policy/clauses.ts';
import { GATE_NAMES, plainDays, remedyOf } from './gate-words.rules.ts';

/** The gates of policy W as a checklist, in their order: the fact behind each, and of one that is shut what to do and when it opens. */
export function GateList({ gates, referred }: { gates: readonly Gate[]; referred: boolean }) {
  return (
    <ol class="gates">
      {gates.map((gate) => (
        <li>
          <span class={gate.passed ? 'good' : 'warn'} aria-hidden="true">
            {gate.passed ? '✓' : '✕'}
          </span>
          <div>
            <strong>{GATE_NAMES[gate.gate]}</strong> <span class="soft">– {gate.passed ? 'passed' : 'shut'}</span>
            <br />
            {plainDays(gate.detail)} <abbr title={CLAUSES[gate.clause]}>({gate.clause})</abbr>
            <WhatToDo gate={gate} referred={referred} />
          </div>
        </li>
      ))}
    </ol>
  );
}

function WhatToDo({ gate, referred }: { gate: Gate; referred: boolean }) {
  const remedy = remedyOf(gate, referred);
  if (remedy === null) return null;
  return (
    <>
      <br />
      {gate.opens_on !== null && <strong>Opens on {longDay(gate.opens_on)}. </strong>}
      {remedy.text}
      {remedy.link !== null && (
        <>
          {' '}
          <a href={remedy.link.href}>{remedy.link.text}</a>
        </>
      )}
    </>
  );
}
