-- Run once, when the volume is empty: the engine's role owns its database and is no superuser.
\getenv password BETTING_PASSWORD
CREATE ROLE betting LOGIN PASSWORD :'password';
CREATE DATABASE betting OWNER betting ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0;
