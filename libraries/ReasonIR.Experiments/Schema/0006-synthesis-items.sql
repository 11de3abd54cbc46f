-- The items of a synthesis run, which several workers share: one takes free items for its own run (part_id), whose lease is theirs.
-- The rows go when the dataset version is sealed; what is worth keeping of them is in its examples and in the run's report.
create table synthesis_items (
    run_id bigint not null references runs on delete cascade,
    item integer not null,
    document_id bigint,
    part_id bigint references runs on delete set null,
    finished_at timestamptz,
    examples jsonb,
    facts jsonb,
    primary key (run_id, item),
    check ((finished_at is null) = (examples is null)),
    check ((finished_at is null) = (facts is null))
);
create index synthesis_items_free on synthesis_items (run_id, item) where part_id is null;
create index synthesis_items_part on synthesis_items (part_id, item) where finished_at is null;
create index synthesis_items_finished on synthesis_items (run_id, finished_at);
