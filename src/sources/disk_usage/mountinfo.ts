/** One mount, as the kernel lists it. */
export interface Mount {
  /** `major:minor` of the file system; the same for all its mounts. */
  readonly number: string;
  /** What of the file system is mounted: `/`, or a folder of it. */
  readonly root: string;
  /** Where it is mounted. */
  readonly mount: string;
  readonly fstype: string;
  /** The block device, the server's share, or a word of the file system's own. */
  readonly device: string;
  /** The mount, or the whole file system, as the kernel makes it after an error. */
  readonly readOnly: boolean;
  /** It could be written to earlier in this run. */
  readonly wasWritable?: boolean;
  /** It had too little space at the reading before. */
  readonly wasLow?: boolean;
}

/** Reads /proc/self/mountinfo (proc_pid_mountinfo(5)); lines that it cannot read are left out. */
export function mountinfo(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    // Behind six fields, a variable number of them ends at a lone hyphen; blanks within fields are escaped.
    const fields = line.split(' ');
    const end = fields.indexOf('-', 6);
    if (end < 0) return [];
    const [, , number, root, mount, options] = fields;
    const [fstype, device = '', superOptions] = fields.slice(end + 1);
    if (number === undefined || root === undefined || mount === undefined || !fstype) return [];
    return [
      {
        number,
        root: unescaped(root),
        mount: unescaped(mount),
        fstype: unescaped(fstype),
        device: unescaped(device),
        readOnly: [options, superOptions].some((words) => words?.split(',').includes('ro')),
      },
    ];
  });
}

/** Blanks, newlines, backslashes and `#` stand as three octal digits. */
const unescaped = (field: string): string =>
  field.replace(/\\([0-3][0-7]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
