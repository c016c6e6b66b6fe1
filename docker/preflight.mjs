/**
 * Runs before members and the balancer of docker-compose.yml: refuses the secrets of `.env.example` outside the loopback interface.
 *
 * Why here: a member cannot know where its port is published. Invariant: no value is ever printed.
 */
const { BIND_ADDRESS = '', ...rest } = process.env;
const secrets = Object.entries(rest).filter(([name]) => name.startsWith('SECRET_'));
const isLoopback = /^(127(\.\d{1,3}){3}|::1|\[::1\]|localhost)$/.test(BIND_ADDRESS);
const examples = secrets
  .filter(([, value]) => value.includes('example'))
  .map(([name]) => name.slice('SECRET_'.length))
  .sort();

if (isLoopback || examples.length === 0) process.exit(0);
process.stderr.write(
  `These still have the values of .env.example, which everybody knows, and MINOTAUR_BIND is not the loopback interface:\n` +
    `  ${examples.join('\n  ')}\nReplace each of them in .env, for example by: openssl rand -hex 32\n`,
);
process.exit(78);
