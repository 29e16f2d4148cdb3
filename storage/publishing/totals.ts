import type { LoadTarget } from '../bulk/load.ts'
import { OPEN_END } from '../limits.ts'
import { RANK_SQL } from '../schema/risk-order.ts'
import type { Publication } from './publication.ts'
import type { SubjectTotal } from './subject-totals.ts'

/** Subjects up to which each one is counted by index; above, all secrets are counted in one pass. */
const SINGLE_COUNTS_MAX = 100
const INT_MAX = 2_147_483_647

/** Groups the deployments of touched applications: name and rule that most of them give, evidence and deployments as bounded lists. */
export async function groupApplications({ run, number }: Publication): Promise<void> {
  await run(`create temporary table grouped on commit drop as
    select d.subject_id, d.name, md5(d.body || d.name)::uuid as hash, d.body from (
      select g.subject_id, g.name, json_build_object('key', s.key, 'name', g.name, 'origin', 'DISCOVERED', 'rule', g.rule,
        'evidence', to_json(g.evidence[1:32]), 'deployments', to_json(g.deployments[1:256]), 'deploymentsTotal', g.total)::text as body
      from (
        select d.application_id as subject_id, mode() within group (order by d.application_name collate "C") as name, mode() within group (order by d.application_rule collate "C") as rule,
          array_agg(distinct d.application_evidence collate "C") as evidence, array_agg(distinct s.key collate "C") as deployments, count(*)::int as total
        from touched_application t join deployment d on d.application_id = t.subject_id and d.valid_to = ${OPEN_END} join subject s on s.id = d.subject_id
        group by d.application_id) g
      join subject s on s.id = g.subject_id) d`)
  await run(`update application a set valid_to = ${number} from touched_application t where t.subject_id = a.subject_id and a.valid_to = ${OPEN_END}
    and not exists (select from grouped g where g.subject_id = a.subject_id and g.hash = a.hash)`)
  await run(`insert into application (subject_id, name, hash, body, valid_from) select g.subject_id, g.name, g.hash, g.body, ${number} from grouped g
    where not exists (select from application a where a.subject_id = g.subject_id and a.valid_to = ${OPEN_END})`)
}

/** Counts the secrets of every application, deployment and identity that a changed secret names, and keeps the worst level of each. */
export async function countSecrets({ run, load, number, subjects, totals }: Publication): Promise<void> {
  // Only subjects that lost a version are counted again: it may have been their worst. The others have what they had and what came.
  await run(`create temporary table touched_subject (subject_id int primary key) on commit drop`)
  await run(
    `insert into touched_subject select s.id from (select distinct unnest(subjects) as id from secret where valid_to = ${number}) t
     join subject s on s.id = t.id where s.kind <= 3 and s.id < $1`,
    [subjects.firstNew() ?? INT_MAX],
  )
  await run(`analyze touched_subject`)
  const [touched] = await run<{ count: number }>(`select count(*)::int as count from touched_subject`)
  const single = (touched?.count ?? 0) <= SINGLE_COUNTS_MAX
  const counts = single
    ? `select t.subject_id, c.total, c.rank from touched_subject t cross join lateral (
          select count(*)::int as total, coalesce(max(${RANK_SQL}), 0) as rank from secret where valid_to = ${OPEN_END} and subjects @> array[t.subject_id]) c`
    : `select t.subject_id, coalesce(c.total, 0) as total, coalesce(c.rank, 0) as rank from touched_subject t left join (
          select id, count(*)::int as total, max(rank) as rank from (select unnest(subjects) as id, ${RANK_SQL} as rank from secret where valid_to = ${OPEN_END}) u
          group by id) c on c.id = t.subject_id`
  if (single) await run(`set local enable_seqscan = off`)
  await run(`create temporary table counted on commit drop as ${counts}`)
  if (single) await run(`set local enable_seqscan = on`)
  await run(`create temporary table added (like counted) on commit drop`)
  await load({ ...COUNTED, table: 'added' }, rowsOf(totals.added()))
  await run(`insert into counted select a.subject_id, coalesce(t.secrets_total, 0) + a.total, greatest(t.level_rank, a.rank)
    from added a left join subject_total t on t.subject_id = a.subject_id and t.valid_to = ${OPEN_END}
    where not exists (select from touched_subject c where c.subject_id = a.subject_id)`)
  await load(COUNTED, rowsOf(totals.counted()))
  await run(`update subject_total t set valid_to = ${number} from counted c where c.subject_id = t.subject_id and t.valid_to = ${OPEN_END}
    and (t.secrets_total <> c.total or t.level_rank <> c.rank)`)
  await run(`insert into subject_total (subject_id, secrets_total, level_rank, valid_from) select c.subject_id, c.total, c.rank, ${number} from counted c join subject s on s.id = c.subject_id
    where c.total > 0 and s.kind <= 3 and not exists (select from subject_total t where t.subject_id = c.subject_id and t.valid_to = ${OPEN_END})`)
}

function* rowsOf(totals: Iterable<SubjectTotal>): Generator<readonly number[]> {
  for (const { subject, secrets, rank } of totals) yield [subject, secrets, rank]
}

const COUNTED: LoadTarget = {
  table: 'counted',
  columns: [
    ['subject_id', 'int4'],
    ['total', 'int4'],
    ['rank', 'int4'],
  ],
}
