export { makeSelfSigned, type SelfSigned } from './certificate.ts'
export { startFakeKubelet, type FakeKubelet, type FakeKubeletOptions, type NodeRight } from './kubelet.ts'
export { sketchPod, type ContainerSketch, type PodSketch } from './pod.ts'
