import type { EventClass } from './eventClass.ts';

/** Senders, receivers, slots, subscriptions. */
export const replication: readonly EventClass[] = [
  { name: 'replication_command', begins: ['received replication command: '] },
  {
    name: 'slot_acquired',
    begins: ['acquired logical replication slot ', 'acquired physical replication slot '],
  },
  {
    name: 'slot_released',
    begins: ['released logical replication slot ', 'released physical replication slot '],
  },
  { name: 'streaming_started', begins: ['started streaming WAL from primary '] },
  { name: 'replication_terminated', begins: ['replication terminated by primary server'] },
  {
    name: 'wal_receiver_failed',
    begins: [
      'could not connect to the primary server',
      'could not receive data from WAL stream',
      'streaming replication receiver ',
      'could not start WAL streaming',
      'waiting for WAL to become available',
    ],
  },
  { name: 'wal_removed', begins: ['requested WAL segment '] },
  {
    name: 'replication_timeout',
    begins: [
      'terminating walsender process due to replication timeout',
      'terminating walreceiver due to timeout',
      'terminating walreceiver process due to ',
    ],
  },
  {
    name: 'slot_invalidated',
    begins: [
      'invalidating slot ',
      'invalidating obsolete replication slot ',
      'terminating process ',
    ],
    pattern: /^invalidating|to release replication slot/,
  },
  { name: 'slot_in_use', begins: ['replication slot '], pattern: / is active for PID / },
  { name: 'slot_missing', begins: ['replication slot '], pattern: / does not exist/ },
  {
    name: 'slots_exhausted',
    begins: ['all replication slots are in use', 'number of requested standby connections exceeds'],
  },
  {
    name: 'logical_decoding',
    begins: [
      'starting logical decoding for slot ',
      'logical decoding found ',
      'logical decoding will begin ',
    ],
  },
  {
    name: 'subscription_worker',
    begins: [
      'logical replication apply worker ',
      'logical replication table synchronization worker ',
      'logical replication worker ',
      'logical replication parallel apply worker ',
    ],
  },
  { name: 'logical_replication_launcher', begins: ['logical replication launcher '] },
  {
    name: 'subscription_failed',
    begins: [
      'could not connect to the publisher',
      'subscription ',
      'could not receive data from publisher',
    ],
  },
  { name: 'publisher_missing', begins: ['publication '], pattern: / does not exist/ },
  {
    name: 'synchronous_standby',
    begins: ['standby '],
    pattern: / is now a (?:candidate for quorum )?synchronous standby/,
  },
  { name: 'sync_wait_canceled', begins: ['canceling wait for synchronous replication'] },
  {
    name: 'promotion',
    begins: ['received promote request', 'selected new timeline ID: ', 'archive recovery complete'],
  },
];
