import type { Level } from './level.ts';

/** A line of its own that belongs to the message before it. */
export type PartName =
  'detail' | 'hint' | 'context' | 'statement' | 'internal_query' | 'location' | 'backtrace';

/** What the word before the colon means: it opens a message, or a part of one. */
export interface SeverityWord {
  /** Null where it opens a part. */
  readonly level: Level | null;
  /** Null where it opens a message. */
  readonly part: PartName | null;
}

const level = (level: Level, ...words: string[]): [string, SeverityWord][] =>
  words.map((word) => [word, { level, part: null }]);
const part = (part: PartName, ...words: string[]): [string, SeverityWord][] =>
  words.map((word) => [word, { level: null, part }]);

/**
 * The words as PostgreSQL writes them, and their translations (`lc_messages`) where these are not the English word.
 * A Map, so that no text of a log line can name a property of an object.
 */
const words = new Map<string, SeverityWord>([
  ...level('DEBUG', 'DEBUG', 'DEBUG1', 'DEBUG2', 'DEBUG3', 'DEBUG4', 'DEBUG5', 'ОТЛАДКА'),
  ...level('LOG', 'LOG', 'JOURNAL', 'СООБЩЕНИЕ', '日志', 'ログ', '로그'),
  ...level('INFO', 'INFO', 'INFORMATION', 'ИНФОРМАЦИЯ', '信息', '情報', '정보'),
  ...level('NOTICE', 'NOTICE', 'HINWEIS', 'NOTA', 'ЗАМЕЧАНИЕ', '注意', '알림'),
  ...level('WARNING', 'WARNING', 'WARNUNG', 'ATTENTION', 'AVISO', 'ПРЕДУПРЕЖДЕНИЕ', '警告', '경고'),
  ...level('ERROR', 'ERROR', 'FEHLER', 'ERREUR', 'ERRO', 'ERRORE', 'ОШИБКА', '错误', '오류'),
  ...level('FATAL', 'FATAL', 'ВАЖНО', '致命错误', '치명적오류'),
  ...level('PANIC', 'PANIC', 'PANIK', 'PÁNICO', 'PANIQUE', 'ПАНИКА'),
  ...part(
    'detail',
    'DETAIL',
    'DÉTAIL',
    'DETALLE',
    'DETALHE',
    'ПОДРОБНОСТИ',
    '详细信息',
    '상세정보',
  ),
  ...part(
    'hint',
    'HINT',
    'TIPP',
    'ASTUCE',
    'SUGERENCIA',
    'DICA',
    'ПОДСКАЗКА',
    '提示',
    'ヒント',
    '힌트',
  ),
  ...part('context', 'CONTEXT', 'ZUSAMMENHANG', 'CONTEXTE', 'CONTEXTO', 'КОНТЕКСТ', '上下文'),
  ...part(
    'statement',
    'STATEMENT',
    'ANWEISUNG',
    'INSTRUCTION',
    'SENTENCIA',
    'COMANDO',
    'ОПЕРАТОР',
    '语句',
    '문장',
  ),
  ...part('internal_query', 'QUERY', 'ANFRAGE', 'REQUÊTE', 'CONSULTA', 'ЗАПРОС', '查询', '쿼리'),
  ...part('location', 'LOCATION', 'ORT', 'EMPLACEMENT', 'UBICACIÓN', 'ПОЛОЖЕНИЕ', '位置', '위치'),
  ...part('backtrace', 'BACKTRACE'),
]);

/** What a severity word means; undefined for a word that is none we know. */
export const severityWord = (word: string): SeverityWord | undefined => words.get(word);
