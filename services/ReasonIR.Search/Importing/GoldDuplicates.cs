using Microsoft.EntityFrameworkCore;
using ReasonIR.Experiments;

namespace ReasonIR.Search.Importing;

/// <summary>
/// Documents that have the text of a relevant one but are judged for no query. BRIGHT's corpora hold many: a system that ranks the
/// copy first is scored as wrong.
/// </summary>
public static class GoldDuplicates
{
    /// <summary>How many there are, and how many queries they can cost something.</summary>
    public static async Task<(long Documents, long Queries)> CountAsync(ExperimentsDb db, long corpusId, CancellationToken cancellation)
    {
        var rows = await db.Database.SqlQuery<Counted>($"""
            with judged as (
                select q.id as query_id, d.content_hash, count(*) as documents
                from query_sets s
                join queries q on q.query_set_id = s.id
                join judgments j on j.query_id = q.id
                join documents d on d.corpus_id = s.corpus_id and d.external_id = j.document_external_id
                where s.corpus_id = {corpusId}
                group by q.id, d.content_hash having bool_or(j.grade > 0)),
            repeated as (
                select content_hash, count(*) as documents from documents where corpus_id = {corpusId}
                group by content_hash having count(*) > 1),
            affected as (
                select judged.query_id, judged.content_hash from judged join repeated using (content_hash)
                where repeated.documents > judged.documents)
            select
                (select count(*) from documents d where d.corpus_id = {corpusId} and d.content_hash in (select content_hash from affected)
                    and not exists (select 1 from query_sets s join queries q on q.query_set_id = s.id join judgments j on j.query_id = q.id
                        where s.corpus_id = {corpusId} and j.document_external_id = d.external_id)) as documents,
                (select count(distinct query_id) from affected) as queries
            """).ToListAsync(cancellation);
        return (rows[0].Documents, rows[0].Queries);
    }

    sealed record Counted(long Documents, long Queries);
}
