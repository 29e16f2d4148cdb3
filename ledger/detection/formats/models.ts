import type { FormatRule, KeyedRule } from '../rule.ts'
import { issuer, namedAfter } from './issuer.ts'

const openai = issuer('OpenAI')
const anthropic = issuer('Anthropic')
const huggingface = issuer('Hugging Face')
const docs = (page: string) => ({ page, licence: 'facts' }) as const

/** Providers of language models and of tools round them. */
export const models: readonly FormatRule[] = [
  // T3BlbkFJ is base64 of "OpenAI" and stands in the middle of every key.
  openai.token('openai-legacy-key', 'openai-api-key', ['sk-'], /sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}/y),
  openai.token(
    'openai-project-key',
    'openai-api-key',
    ['sk-proj-', 'sk-svcacct-', 'sk-admin-', 'sk-None-'],
    /sk-(?:proj|svcacct|admin|None)-[\w-]{20,80}T3BlbkFJ[\w-]{20,80}(?![\w-])/y,
  ),
  openai.token('openai-key-without-marker', 'openai-api-key', ['sk-proj-', 'sk-svcacct-'], /sk-(?:proj|svcacct)-[\w-]{40,180}(?![\w-])/y, {
    confidence: 'medium',
  }),
  anthropic.token('anthropic-api-key', 'anthropic-api-key', ['sk-ant-api'], /sk-ant-api\d{2}-[\w-]{93}AA(?![\w-])/y),
  anthropic.token('anthropic-admin-key', 'anthropic-api-key', ['sk-ant-admin'], /sk-ant-admin\d{2}-[\w-]{93}AA(?![\w-])/y),
  anthropic.token('anthropic-oauth-token', 'anthropic-api-key', ['sk-ant-oat', 'sk-ant-ort'], /sk-ant-o[ar]t\d{2}-[\w-]{80,110}(?![\w-])/y, {
    source: docs('https://docs.anthropic.com/'),
  }),
  huggingface.token('huggingface-user-token', 'huggingface-token', ['hf_'], /hf_[A-Za-z]{34}/y),
  huggingface.token('huggingface-organisation-token', 'huggingface-token', ['api_org_'], /api_org_[A-Za-z]{34}/y),
  issuer('Perplexity').token('perplexity-api-key', 'perplexity-api-key', ['pplx-'], /pplx-[A-Za-z0-9]{48}/y),
  issuer('Groq', docs('https://console.groq.com/docs/quickstart')).token('groq-api-key', 'groq-api-key', ['gsk_'], /gsk_[A-Za-z0-9]{52}/y),
  issuer('xAI', docs('https://docs.x.ai/docs/tutorial')).token('xai-api-key', 'xai-api-key', ['xai-'], /xai-[A-Za-z0-9]{80}/y),
  issuer('Replicate', docs('https://replicate.com/docs/topics/security/api-tokens')).token(
    'replicate-token',
    'replicate-token',
    ['r8_'],
    /r8_[A-Za-z0-9]{37}/y,
  ),
  issuer('LangChain', docs('https://docs.smith.langchain.com/')).token(
    'langsmith-api-key',
    'langchain-api-key',
    ['lsv2_'],
    /lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}/y,
  ),
  issuer('Pinecone', docs('https://docs.pinecone.io/guides/projects/manage-api-keys')).token(
    'pinecone-api-key',
    'pinecone-api-key',
    ['pcsk_'],
    /pcsk_[A-Za-z0-9]{5,6}_[A-Za-z0-9]{50,70}/y,
  ),
]

/** Shapes of this family that are decided by their name. */
export const modelsByName: readonly KeyedRule[] = [
  issuer('Cohere').keyed('cohere-api-key-by-name', 'cohere-api-key', namedAfter('cohere|co', 'api_?key|key|tokens?'), /^[A-Za-z0-9]{40}$/),
  issuer('Mistral AI', docs('https://docs.mistral.ai/getting-started/quickstart')).keyed(
    'mistral-api-key-by-name',
    'mistral-api-key',
    namedAfter('mistral'),
    /^[A-Za-z0-9]{32}$/,
  ),
  issuer('Pinecone', docs('https://docs.pinecone.io/')).keyed(
    'pinecone-api-key-by-name',
    'pinecone-api-key',
    namedAfter('pinecone'),
    /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/,
  ),
  issuer('Private AI').keyed('privateai-api-key-by-name', 'privateai-api-key', namedAfter('private_?ai'), /^[a-z0-9]{32}$/),
]
