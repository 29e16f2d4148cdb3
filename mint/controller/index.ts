export { type Controller, type ControllerDependencies, type ControllerSettings, startController } from './controller.ts'
export type { KubernetesAnswer, KubernetesApi } from './kubernetes.ts'
export { KubernetesRefusal } from './kubernetes.ts'
export {
  DEFAULT_NAMESPACE_SELECTOR,
  DEFAULT_OBJECT_SELECTOR,
  type InjectionPlatform,
  injectionSettings,
  type InjectionSettings,
  type LabelSelector,
} from './settings.ts'
