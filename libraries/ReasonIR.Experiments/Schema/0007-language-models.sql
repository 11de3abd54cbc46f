-- The ledger of language models: what was asked of which endpoint, and the thoughts that servers report apart.
alter table llm_calls
    add column endpoint text not null default 'default',
    add column batch boolean not null default false,
    add column reasoning text,
    add column reasoning_tokens integer not null default 0,
    add column cached_tokens integer not null default 0,
    add column usage_estimated boolean not null default false;
-- What a day has cost is summed before each request under a cap of the day: from the index alone.
create index llm_calls_created on llm_calls (created_at) include (cost);

-- Prices of a million tokens, each from a day on. A call keeps the cost of its day, whatever is changed here later.
create table llm_prices (
    id bigint generated always as identity primary key,
    model text not null,
    valid_from date not null,
    input numeric not null check (input >= 0),
    output numeric not null check (output >= 0),
    cached_input numeric check (cached_input >= 0),
    note text not null default '',
    created_at timestamptz not null default now(),
    unique (model, valid_from)
);

-- The most that requests under way can cost, so that processes together keep to the cap of the day. A process that dies leaves its
-- holds until they expire.
create table llm_holds (
    id bigint generated always as identity primary key,
    amount numeric not null,
    expires_at timestamptz not null
);

-- Requests handed to an endpoint as a batch file. The token stands in the batch's metadata at the server: a batch whose process died
-- between creating it and writing down its id is found again by it.
create table llm_batches (
    id bigint generated always as identity primary key,
    endpoint text not null,
    address text not null,
    model text not null,
    token text not null unique,
    batch_id text,
    state text not null check (state in ('preparing', 'submitted', 'ended')),
    server_state text not null default '',
    error text,
    leased_until timestamptz not null,
    created_at timestamptz not null default now(),
    ended_at timestamptz
);
create index llm_batches_open on llm_batches (endpoint, id) where state <> 'ended';

create table llm_batch_requests (
    batch_id bigint not null references llm_batches on delete cascade,
    request_hash text not null,
    run_id bigint references runs on delete set null,
    purpose text not null,
    prompt_hash text not null default '',
    state text not null check (state in ('waiting', 'answered', 'failed')),
    status integer not null default 0,
    error text,
    primary key (batch_id, request_hash)
);
-- A request waits in one batch at most, whichever process asks.
create unique index llm_batch_requests_waiting on llm_batch_requests (request_hash) where state = 'waiting';
create index llm_batch_requests_run on llm_batch_requests (run_id);
