-- One database and one role for each service that keeps one. No role may connect to
-- another service's database: "a service owns its data" is enforced here, not by habit.
--
-- Run once by psql as the superuser of an empty server. The passwords come from the
-- environment of psql and are nowhere in this file.

\set ON_ERROR_STOP on
\getenv indicators_password INDICATORS_DB_PASSWORD
\getenv practices_password PRACTICES_DB_PASSWORD
\getenv gateway_password GATEWAY_DB_PASSWORD

CREATE ROLE indicators LOGIN PASSWORD :'indicators_password';
CREATE ROLE practices LOGIN PASSWORD :'practices_password';
CREATE ROLE gateway LOGIN PASSWORD :'gateway_password';

CREATE DATABASE indicators OWNER indicators TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE practices OWNER practices TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE gateway OWNER gateway TEMPLATE template0 ENCODING 'UTF8';

REVOKE ALL ON DATABASE indicators FROM PUBLIC;
REVOKE ALL ON DATABASE practices FROM PUBLIC;
REVOKE ALL ON DATABASE gateway FROM PUBLIC;
REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
