/**
 * For every connection, said once: all that our statements rely on and a server may offer otherwise.
 *
 * - Read committed: no gap locks, so no deadlocks between claims. A client that was cut off in mid-transaction keeps its
 *   locks for `wait_timeout`, which is eight hours by default. Without autocommit single statements would be undone when
 *   their connection ends; a chained completion would begin a transaction behind each COMMIT.
 * - No SELECT is cut short or refused for its size, no statement for its duration (we have a limit of our own), and no
 *   UPDATE because it names no key. `ID IS NULL` means just that.
 * - The checks that are the last wall are on: unique keys, and foreign keys, which take log rows along.
 * - Tables have transactions, ages have fractions of seconds, error messages that we read are English.
 *
 * `seconds`: how long a statement may take.
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
  // A day by default, a year on MySQL: a statement that waits for another session's change of a table must end before we
  // give its connection up, or it stays on the server and waits.
  `SET SESSION lock_wait_timeout = ${Math.max(1, Math.floor(seconds * 0.8))}`,
];
