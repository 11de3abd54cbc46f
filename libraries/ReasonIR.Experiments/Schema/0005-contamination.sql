-- What training data and an evaluation have in common; results and models show it as a badge.
create table contamination_reports (
    id bigint generated always as identity primary key,
    dataset_version_id bigint not null references dataset_versions on delete cascade,
    corpus_id bigint not null references corpora on delete cascade,
    query_set_id bigint not null references query_sets on delete cascade,
    run_id bigint unique references runs on delete set null,
    -- Content at the time of the scan: another value now means that the report is outdated.
    corpus_hash text not null,
    query_set_hash text not null,
    summary jsonb not null,
    created_at timestamptz not null default now()
);
create index contamination_reports_version on contamination_reports (dataset_version_id);
create index contamination_reports_query_set on contamination_reports (query_set_id);

create table contamination_findings (
    id bigint generated always as identity primary key,
    report_id bigint not null references contamination_reports on delete cascade,
    kind text not null,
    query_external_id text collate "C",
    document_external_id text collate "C",
    share double precision not null,
    examples integer not null,
    first jsonb not null
);
create index contamination_findings_report on contamination_findings (report_id, id);
