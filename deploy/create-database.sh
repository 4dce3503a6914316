#!/bin/sh
# Makes the two roles and the database, once, as the superuser of a fresh PostgreSQL. Neither role may bypass
# row-level security. The first migration grants the application role what it needs.
# Needs DATABASE_OWNER_PASSWORD and DATABASE_APP_PASSWORD. Run it by hand against a PostgreSQL of your own:
#   PGHOST=... PGUSER=postgres DATABASE_OWNER_PASSWORD=... DATABASE_APP_PASSWORD=... sh deploy/create-database.sh
set -eu

psql --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-${PGUSER:-postgres}}" --dbname postgres \
    --set owner_password="$DATABASE_OWNER_PASSWORD" --set app_password="$DATABASE_APP_PASSWORD" <<'SQL'
CREATE ROLE lms_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB PASSWORD :'owner_password';
CREATE ROLE lms_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB PASSWORD :'app_password';
CREATE DATABASE rollbook OWNER lms_owner TEMPLATE template0 ENCODING 'UTF8'
    LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C';
SQL
