/**
 * The settings of every connection, set once. They cover everything that the statements rely on and that a server may
 * configure otherwise.
 *
 * - Isolation is READ COMMITTED: no gap locks, so no deadlocks between claims. A client that was cut off in the middle
 *   of a transaction keeps its locks for `wait_timeout`, which is eight hours by default. Without autocommit the server
 *   would undo single statements when their connection ends. With a chained completion each COMMIT would begin another
 *   transaction.
 * - No SELECT is cut off or refused because of its size. No statement is refused because of its duration, which the
 *   client limits itself. No UPDATE is refused because it names no key. `ID IS NULL` has no special meaning.
 * - The final checks are on: unique keys, and foreign keys, which also delete log rows.
 * - Tables have transactions, ages have fractions of seconds, and error messages that the code reads are English.
 *
 * `seconds`: the time limit of a statement.
 */
export const sessionSettings = (seconds: number): readonly string[] => [
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE',
  'SET NAMES utf8mb4 COLLATE utf8mb4_general_ci',
  `SET SESSION autocommit = 1, completion_type = 0, innodb_lock_wait_timeout = 5, wait_timeout = 60, time_zone = '+00:00',
   sql_select_limit = 18446744073709551615, sql_big_selects = 1, sql_safe_updates = 0, sql_auto_is_null = 0,
   foreign_key_checks = 1, unique_checks = 1, default_storage_engine = InnoDB, default_tmp_storage_engine = InnoDB,
   div_precision_increment = 4, max_sort_length = 1024, lc_messages = 'en_US',
   sql_mode = 'STRICT_ALL_TABLES,STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'
   /*M!100600 , max_statement_time = 0, in_predicate_conversion_threshold = 0 */
   /*!80004 , max_execution_time = 0, range_optimizer_max_mem_size = 8388608 */`,
  // The default is a day, and a year on MySQL. A statement that waits for another session's change of a table must end
  // before the client closes the connection. Otherwise the statement stays on the server and waits.
  `SET SESSION lock_wait_timeout = ${Math.max(1, Math.floor(seconds * 0.8))}`,
];
