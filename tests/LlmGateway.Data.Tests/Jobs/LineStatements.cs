namespace LlmGateway.Data.Tests.Jobs;

/// <summary>Has the server refuse statements that touch more lines of batches than one may.</summary>
internal static class LineStatements
{
    public const string BoundSql = """
        create or replace function refuse_large() returns trigger language plpgsql as $$
        begin
            if (select count(*) from touched) > tg_argv[0]::int then
                raise exception 'a statement touched too many lines';
            end if;
            return null;
        end $$;
        create or replace trigger bound_delete after delete on job_items referencing old table as touched
            for each statement execute function refuse_large('1000');
        create or replace trigger bound_update after update on job_items referencing new table as touched
            for each statement execute function refuse_large('2000')
        """;
}
