import { TextArea } from '../pages/text-area.tsx';

/** The reason that every action asks for. */
export function ReasonArea(props: {
  sent: Readonly<Record<string, string>>;
  faults: Readonly<Record<string, string>>;
  hint?: string;
}) {
  const { sent, faults, hint } = props;
  return (
    <TextArea
      name="reason"
      label="Reason"
      value={sent['reason']}
      fault={faults['reason']}
      maxlength={1000}
      {...(hint === undefined ? {} : { hint })}
    />
  );
}
