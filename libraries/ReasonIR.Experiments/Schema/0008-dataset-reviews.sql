-- What the examples of a version are like: made once, since a sealed version never changes. Newer code makes it anew.
create table dataset_reports (
    dataset_version_id bigint primary key references dataset_versions on delete cascade,
    format integer not null,
    report jsonb not null,
    created_at timestamptz not null default now()
);

-- What a reviewer says of an example. Rows are only ever added: the last one of a reviewer and an example counts, the others are history.
create table example_reviews (
    id bigint generated always as identity primary key,
    dataset_version_id bigint not null references dataset_versions on delete cascade,
    ordinal integer not null,
    author text not null,
    -- Null: no verdict (any more).
    verdict text check (verdict in ('accepted', 'rejected')),
    -- Texts in place of the example's; null: they stand.
    edit jsonb,
    tags jsonb not null default '[]',
    note text not null default '',
    at timestamptz not null default now()
);
create index example_reviews_example on example_reviews (dataset_version_id, ordinal, author, id);

-- Lineage asks for the calls of a prompt.
create index llm_calls_prompt on llm_calls (prompt_hash);
