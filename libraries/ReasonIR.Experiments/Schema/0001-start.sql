create table runs (
    id bigint generated always as identity primary key,
    kind text not null,
    name text not null,
    spec jsonb not null,
    spec_version integer not null,
    state text not null check (state in ('queued', 'running', 'succeeded', 'failed', 'canceled')),
    parent_run_id bigint references runs,
    key text unique,
    priority integer not null default 0,
    progress double precision,
    progress_text text not null default '',
    attempts integer not null default 0,
    max_attempts integer not null default 3 check (max_attempts > 0),
    available_at timestamptz not null default now(),
    lease_owner text,
    lease_until timestamptz,
    fence bigint not null default 0,
    cancel_requested boolean not null default false,
    checkpoint jsonb,
    output jsonb,
    error text,
    code_version text not null default '',
    created_at timestamptz not null default now(),
    started_at timestamptz,
    ended_at timestamptz,
    heartbeat_at timestamptz,
    -- Makes the fence a key to Postgres: KEY SHARE, by which a worker holds its run while it writes, waits for and sees changes of
    -- keys only. Without it a worker could pass the check on the row's former version while another has just taken the run.
    unique (id, fence),
    check ((state = 'running') = (lease_until is not null)),
    check ((state in ('succeeded', 'failed', 'canceled')) = (ended_at is not null))
);
create index runs_queued on runs (kind, priority desc, id) where state = 'queued';
create index runs_running on runs (kind, lease_until) where state = 'running';
create index runs_parent on runs (parent_run_id) where parent_run_id is not null;
create index runs_created on runs (created_at desc);

-- Whoever changes a run, be it a person in psql: workers and pages hear of it when the change is committed.
-- The payload is "id change kind state": see RunEvent.
create function runs_notify() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        perform pg_notify('reasonir_runs', new.id || ' state ' || new.kind || ' ' || new.state);
        return null;
    end if;
    if new.state <> old.state or new.available_at <> old.available_at then
        perform pg_notify('reasonir_runs', new.id || ' state ' || new.kind || ' ' || new.state);
    elsif new.cancel_requested and not old.cancel_requested then
        perform pg_notify('reasonir_runs', new.id || ' cancel ' || new.kind || ' ' || new.state);
    elsif new.progress is distinct from old.progress or new.progress_text <> old.progress_text then
        perform pg_notify('reasonir_runs', new.id || ' progress ' || new.kind || ' ' || new.state);
    end if;
    return null;
end $$;
create trigger runs_notify after insert or update on runs for each row execute function runs_notify();

create table run_links (
    run_id bigint not null references runs on delete cascade,
    direction text not null check (direction in ('input', 'output')),
    entity_kind text not null,
    entity_id bigint not null,
    name text not null default '',
    primary key (run_id, direction, entity_kind, entity_id, name)
);
create index run_links_entity on run_links (entity_kind, entity_id);

create table run_metrics (
    run_id bigint not null references runs on delete cascade,
    name text not null,
    step bigint not null,
    value double precision not null,
    at timestamptz not null default now(),
    primary key (run_id, name, step)
);

create table run_logs (
    id bigint generated always as identity primary key,
    run_id bigint not null references runs on delete cascade,
    at timestamptz not null,
    level text not null check (level in ('debug', 'information', 'warning', 'error')),
    message text not null
);
create index run_logs_run on run_logs (run_id, id);

create table artifacts (
    id bigint generated always as identity primary key,
    path text not null unique,
    kind text not null,
    sha256 text not null,
    bytes bigint not null,
    run_id bigint references runs on delete set null,
    created_at timestamptz not null default now()
);
create index artifacts_run on artifacts (run_id);

create table corpora (
    id bigint generated always as identity primary key,
    name text not null unique,
    description text not null default '',
    source text not null default '',
    document_count bigint not null default 0,
    duplicate_count bigint not null default 0,
    content_hash text not null default '',
    state text not null check (state in ('importing', 'ready', 'failed')),
    created_at timestamptz not null default now()
);

create table documents (
    id bigint generated always as identity primary key,
    corpus_id bigint not null references corpora on delete cascade,
    external_id text collate "C" not null,
    title text not null default '',
    text text not null,
    metadata jsonb,
    content_hash bytea not null,
    unique (corpus_id, external_id)
);
create index documents_page on documents (corpus_id, id);

create table query_sets (
    id bigint generated always as identity primary key,
    corpus_id bigint not null references corpora on delete cascade,
    name text not null,
    split text not null default '',
    content_hash text not null default '',
    query_count integer not null default 0,
    created_at timestamptz not null default now(),
    unique (corpus_id, name, split)
);

create table queries (
    id bigint generated always as identity primary key,
    query_set_id bigint not null references query_sets on delete cascade,
    external_id text collate "C" not null,
    text text not null,
    metadata jsonb,
    unique (query_set_id, external_id)
);

create table judgments (
    query_id bigint not null references queries on delete cascade,
    document_external_id text collate "C" not null,
    grade integer not null,
    primary key (query_id, document_external_id)
);

create table exclusions (
    query_id bigint not null references queries on delete cascade,
    document_external_id text collate "C" not null,
    primary key (query_id, document_external_id)
);

create table datasets (
    id bigint generated always as identity primary key,
    name text not null unique,
    description text not null default '',
    created_at timestamptz not null default now()
);

create table dataset_versions (
    id bigint generated always as identity primary key,
    dataset_id bigint not null references datasets on delete cascade,
    version integer not null,
    kind text not null check (kind in ('examples', 'strategy')),
    corpus_id bigint references corpora on delete set null,
    spec jsonb not null,
    spec_hash text not null,
    generator text not null,
    example_count integer not null default 0,
    run_id bigint unique references runs on delete set null,
    created_at timestamptz not null default now(),
    sealed_at timestamptz,
    unique (dataset_id, version)
);
create index dataset_versions_corpus on dataset_versions (corpus_id);

create table examples (
    id bigint generated always as identity primary key,
    dataset_version_id bigint not null references dataset_versions on delete cascade,
    ordinal integer not null,
    query text not null,
    instruction text,
    positives jsonb not null,
    negatives jsonb not null,
    generator text not null,
    prompt_hash text,
    source_document_id text,
    metadata jsonb,
    unique (dataset_version_id, ordinal)
);

-- A sealed version is what later results point at: it never changes. Only its references may go when their rows go.
create function dataset_versions_sealed() returns trigger language plpgsql as $$
begin
    if old.sealed_at is not null and (new.dataset_id, new.version, new.kind, new.spec, new.spec_hash, new.generator, new.example_count, new.sealed_at)
        is distinct from (old.dataset_id, old.version, old.kind, old.spec, old.spec_hash, old.generator, old.example_count, old.sealed_at) then
        raise exception 'dataset version % is sealed: make a new version', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger dataset_versions_sealed before update on dataset_versions for each row execute function dataset_versions_sealed();

create function examples_sealed() returns trigger language plpgsql as $$
declare
    version bigint;
begin
    select v.id into version from dataset_versions v
        where v.sealed_at is not null and v.id in (select c.dataset_version_id from changed c) limit 1;
    if version is not null then
        raise exception 'dataset version % is sealed: its examples cannot change', version using errcode = 'restrict_violation';
    end if;
    return null;
end $$;
create trigger examples_sealed_insert after insert on examples
    referencing new table as changed for each statement execute function examples_sealed();
create trigger examples_sealed_update after update on examples
    referencing old table as changed for each statement execute function examples_sealed();
create trigger examples_sealed_delete after delete on examples
    referencing old table as changed for each statement execute function examples_sealed();

create table models (
    id bigint generated always as identity primary key,
    name text not null unique,
    kind text not null,
    revision text not null,
    path text not null,
    base_model text not null default '',
    dimension integer not null,
    max_tokens integer not null,
    pooling text not null,
    weights_hash text not null,
    tokenizer_hash text not null,
    run_id bigint references runs on delete set null,
    metadata jsonb not null default '{}',
    created_at timestamptz not null default now()
);
create index models_run on models (run_id);

create table indexes (
    id bigint generated always as identity primary key,
    corpus_id bigint not null references corpora on delete cascade,
    kind text not null,
    model_id bigint references models on delete cascade,
    parameters jsonb not null default '{}',
    path text not null,
    document_count bigint not null default 0,
    corpus_hash text not null,
    run_id bigint references runs on delete set null,
    state text not null check (state in ('building', 'ready', 'failed')),
    created_at timestamptz not null default now()
);
create index indexes_corpus on indexes (corpus_id);
create index indexes_model on indexes (model_id);

create table llm_calls (
    id bigint generated always as identity primary key,
    run_id bigint references runs on delete set null,
    purpose text not null,
    model text not null,
    request_hash text not null unique,
    prompt_hash text not null default '',
    response text not null,
    finish_reason text not null default 'stop',
    refusal text,
    prompt_tokens integer not null default 0,
    completion_tokens integer not null default 0,
    cost numeric not null default 0,
    milliseconds integer not null default 0,
    created_at timestamptz not null default now()
);
create index llm_calls_run on llm_calls (run_id);

create table results (
    id bigint generated always as identity primary key,
    run_id bigint not null references runs on delete cascade,
    corpus_id bigint not null references corpora on delete cascade,
    query_set_id bigint not null references query_sets on delete cascade,
    system text not null,
    measures jsonb not null,
    provenance jsonb not null,
    comparison jsonb,
    run_file_artifact_id bigint references artifacts on delete set null,
    query_count integer not null,
    created_at timestamptz not null default now(),
    unique (run_id, query_set_id, system)
);
create index results_query_set on results (query_set_id);
create index results_corpus on results (corpus_id);

create table result_queries (
    result_id bigint not null references results on delete cascade,
    query_external_id text collate "C" not null,
    measures jsonb not null,
    primary key (result_id, query_external_id)
);
