-- Judgments are edited by people. Each change of a query set, be it an edit or another import, makes a new version of it.
alter table query_sets add column version integer not null default 1;
-- What the last import brought: the same files again change nothing, edits included.
alter table query_sets add column imported_hash text not null default '';
alter table query_sets add column imported_judgments_hash text not null default '';
update query_sets set imported_hash = content_hash;

create table judgment_edits (
    id bigint generated always as identity primary key,
    query_set_id bigint not null references query_sets on delete cascade,
    -- The version of the query set that the edit made.
    version integer not null,
    query_external_id text collate "C" not null,
    document_external_id text collate "C" not null,
    -- Null: not judged.
    old_grade integer,
    new_grade integer,
    author text not null,
    note text not null default '',
    at timestamptz not null default now()
);
create index judgment_edits_set on judgment_edits (query_set_id, id);
