/** Options of Node that load foreign code, open a debugger or change how TLS and HTTP are judged. */
const RISKY =
  /^(-r|--require|--import|--(experimental-)?loader|--inspect.*|--tls-.*|--openssl-.*|--use-.*-ca|--insecure-http-parser)$/;

/**
 * The names of the options in `NODE_OPTIONS` that change what this process does behind its back; never their values.
 *
 * @param options the variable's value
 */
export const riskyNodeOptions = (options = ''): readonly string[] =>
  options
    .split(/\s+/)
    .map((option) => option.split('=', 1)[0] ?? '')
    .filter((name) => RISKY.test(name));
