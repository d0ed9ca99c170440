/**
 * What the workload works on. The names are as unkind as they are in the field: mixed case, quotes, dots, spaces and
 * letters beyond ASCII; `shop.clicks` has no index. Can run again.
 */
export const tables = `
  CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
  CREATE SCHEMA IF NOT EXISTS shop;
  CREATE TABLE IF NOT EXISTS shop.customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE,
    balance numeric NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE TABLE IF NOT EXISTS shop.orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES shop.customers,
    amount numeric NOT NULL,
    state text NOT NULL DEFAULT 'new',
    placed_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX IF NOT EXISTS orders_customer ON shop.orders (customer_id);
  CREATE INDEX IF NOT EXISTS orders_never_used ON shop.orders (state, amount);
  CREATE TABLE IF NOT EXISTS shop.clicks (at timestamptz NOT NULL DEFAULT now(), payload text);
  CREATE SCHEMA IF NOT EXISTS "Lager.Süd";
  CREATE TABLE IF NOT EXISTS "Lager.Süd"."Stock ""on"" Hand" ("Größe" text PRIMARY KEY, "数量" integer NOT NULL);
  INSERT INTO shop.customers (email)
    SELECT 'customer' || n || '@example.com' FROM generate_series(1, 100) AS n ON CONFLICT DO NOTHING;
  INSERT INTO "Lager.Süd"."Stock ""on"" Hand" SELECT 'size ' || n, 100 FROM generate_series(1, 20) AS n
    ON CONFLICT DO NOTHING;
`;
