-- A version of a pipeline is what results point at: it never changes.
create table pipelines (
    id bigint generated always as identity primary key,
    name text not null,
    version integer not null check (version > 0),
    spec jsonb not null,
    content_hash text not null,
    created_at timestamptz not null default now(),
    unique (name, version)
);

create table rewrite_sets (
    id bigint generated always as identity primary key,
    name text not null unique,
    content_hash text not null,
    rewrite_count integer not null,
    created_at timestamptz not null default now()
);

-- The key is a query's id, or its text with white space made single.
create table rewrites (
    rewrite_set_id bigint not null references rewrite_sets on delete cascade,
    key_hash bytea not null,
    key text not null,
    text text not null,
    primary key (rewrite_set_id, key_hash)
);
