import { relative, sep } from 'node:path'
import { explainForbiddenImport, isTestFile } from './imports.ts'
import { explainForbiddenModule, explainImpureCall, mustBePure } from './purity.ts'
import type { Declaration, Named, Rule, SyntaxNode } from './rule.ts'
import { lacksReason, silences } from './suppression.ts'

const EXPORT_KEYWORD_CHARS = 6

/** Reports imports that the table of areas does not allow. */
const layers: Rule = {
  create(context) {
    const file = pathInRepository(context.cwd, context.filename)
    const check = ({ source }: SyntaxNode): void => {
      if (typeof source?.value !== 'string') return
      const problem = explainForbiddenImport(file, source.value) ?? explainForbiddenModule(file, source.value)
      if (problem !== undefined) context.report({ message: problem, node: source })
    }
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check, ImportExpression: check }
  },
}

/** Reports calls by which a pure room would see more of the world than its inputs. */
const pureRooms: Rule = {
  create(context) {
    if (!mustBePure(pathInRepository(context.cwd, context.filename))) return {}
    return {
      CallExpression(node) {
        const problem = explainImpureCall(textOf(node.callee))
        if (problem !== undefined) context.report({ message: problem, node })
      },
      NewExpression(node) {
        if (textOf(node.callee) !== 'Date' || node.arguments?.length !== 0) return
        context.report({ message: 'new Date() makes the result depend on the day; take the time as a parameter', node })
      },
    }
  },
}

/** Reports comments that silence a check without saying why. */
const suppressionReason: Rule = {
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          if (silences(comment.value) && lacksReason(comment.value)) {
            context.report({ message: 'A suppression says why: end it with " -- " and a sentence', node: comment })
          }
        }
      },
    }
  },
}

/** Reports exported declarations without a docstring. A type that is inferred from a schema of the same name is described there. */
const documentedExports: Rule = {
  create(context) {
    if (isTestFile(pathInRepository(context.cwd, context.filename))) return {}
    const described = new Set<string>()
    return {
      ExportNamedDeclaration(node) {
        if (node.declaration === null || node.declaration === undefined) return
        const name = nameOf(node.declaration)
        const hasText = context.sourceCode.getCommentsBefore(node).some((comment) => comment.type === 'Block' && comment.value.startsWith('*'))
        if (hasText) described.add(name)
        else if (!described.has(name)) {
          context.report({ message: `Exported ${name} has no docstring`, node: { range: [node.range[0], node.range[0] + EXPORT_KEYWORD_CHARS] } })
        }
      },
    }
  },
}

/** The house's own rules. */
export default {
  meta: { name: 'mintmark' },
  rules: { layers, 'pure-rooms': pureRooms, 'suppression-reason': suppressionReason, 'documented-exports': documentedExports },
}

function pathInRepository(root: string, file: string): string {
  return relative(root, file).split(sep).join('/')
}

function nameOf(declaration: Declaration): string {
  return declaration.id?.name ?? declaration.declarations?.[0]?.id.name ?? 'declaration'
}

/** A callee as written, for names and one level of members; empty for anything else. */
function textOf(callee: Named | undefined): string {
  if (callee?.type === 'Identifier') return callee.name ?? ''
  if (callee?.type !== 'MemberExpression' || callee.object?.type !== 'Identifier') return ''
  return `${callee.object.name ?? ''}.${callee.property?.name ?? ''}`
}
