-- A paused run is a queued one that nobody takes: it keeps its place, its checkpoint and its attempts until it is told to go on.
alter table runs add column paused boolean not null default false;

create or replace function runs_notify() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        perform pg_notify('reasonir_runs', new.id || ' state ' || new.kind || ' ' || new.state);
        return null;
    end if;
    if new.paused and not old.paused and new.state = 'running' then
        perform pg_notify('reasonir_runs', new.id || ' pause ' || new.kind || ' ' || new.state);
    elsif new.state <> old.state or new.available_at <> old.available_at or new.paused <> old.paused then
        perform pg_notify('reasonir_runs', new.id || ' state ' || new.kind || ' ' || new.state);
    elsif new.cancel_requested and not old.cancel_requested then
        perform pg_notify('reasonir_runs', new.id || ' cancel ' || new.kind || ' ' || new.state);
    elsif new.progress is distinct from old.progress or new.progress_text <> old.progress_text then
        perform pg_notify('reasonir_runs', new.id || ' progress ' || new.kind || ' ' || new.state);
    end if;
    return null;
end $$;
