package knative

import (
	"maps"
	"math"
	"reflect"

	"cloud.google.com/go/run/apiv2/runpb"
	runv1 "google.golang.org/api/run/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
)

// accelerator is the label of nodes that have a GPU.
const accelerator = "run.googleapis.com/accelerator"

// fromTemplate gives the template of revisions as v1 shows it.
func fromTemplate(t *runpb.RevisionTemplate) *runv1.RevisionTemplate {
	spec := &runv1.RevisionSpec{
		ContainerConcurrency: int64(t.GetMaxInstanceRequestConcurrency()), ServiceAccountName: t.GetServiceAccount(), TimeoutSeconds: t.GetTimeout().GetSeconds(),
	}
	hidden := sqlVolumes(t)
	for _, c := range t.GetContainers() {
		v1 := fromContainer(c)
		v1.VolumeMounts = fromMounts(c, hidden)
		spec.Containers = append(spec.Containers, v1)
	}
	spec.Volumes = fromVolumes(t)
	if n := t.GetNodeSelector().GetAccelerator(); n != "" {
		spec.NodeSelector = map[string]string{accelerator: n}
	}
	m := &runv1.ObjectMeta{Name: t.GetRevision(), Labels: maps.Clone(t.GetLabels()), Annotations: shown(templateRows, t, t.GetAnnotations())}
	return &runv1.RevisionTemplate{Metadata: m, Spec: spec}
}

// toTemplate gives the template that an object asks for, over the one there is.
func toTemplate(have *runpb.RevisionTemplate, v1 *runv1.RevisionTemplate) (*runpb.RevisionTemplate, error) {
	t := proto.CloneOf(have)
	if t == nil {
		t = &runpb.RevisionTemplate{}
	}
	m := v1.Metadata
	if m == nil {
		m = &runv1.ObjectMeta{}
	}
	t.Revision, t.Labels = m.Name, maps.Clone(m.Labels)
	t.ServiceAccount = v1.Spec.ServiceAccountName
	if n := v1.Spec.TimeoutSeconds; n == 0 {
		t.Timeout = nil
	} else if n != t.Timeout.GetSeconds() {
		t.Timeout = &durationpb.Duration{Seconds: n}
	}
	var err error
	if t.MaxInstanceRequestConcurrency, err = int32of(v1.Spec.ContainerConcurrency, "spec.template.spec.containerConcurrency"); err != nil {
		return nil, err
	}
	before, hidden := t.GetContainers(), sqlVolumes(t)
	t.Containers = nil
	for i, c := range v1.Spec.Containers {
		to := &runpb.Container{}
		if i < len(before) {
			to = before[i]
		}
		if err := toContainer(to, c); err != nil {
			return nil, err
		}
		to.VolumeMounts = toMounts(to, c.VolumeMounts, hidden)
		t.Containers = append(t.Containers, to)
	}
	if len(t.Containers) == 0 {
		return nil, invalid("spec.template.spec.containers: at least one container is required")
	}
	if t.Volumes, err = toVolumes(t.Volumes, v1.Spec.Volumes); err != nil {
		return nil, err
	}
	t.NodeSelector = nil
	if n := v1.Spec.NodeSelector[accelerator]; n != "" {
		t.NodeSelector = &runpb.NodeSelector{Accelerator: n}
	}
	if t.Annotations, err = taken("spec.template.metadata.annotations", templateRows, t, m.Annotations); err != nil {
		return nil, err
	}
	drop(&t.Scaling)
	drop(&t.VpcAccess)
	drop(&t.ServiceMesh)
	if have != nil && reflect.DeepEqual(fromTemplate(proto.CloneOf(have)), fromTemplate(proto.CloneOf(t))) {
		return have, nil // what v1 sees no difference in makes no new revision
	}
	return t, nil
}

// int32of refuses a number that v2 has no room for.
func int32of(n int64, field string) (int32, error) {
	if n < math.MinInt32 || n > math.MaxInt32 {
		return 0, invalid("%s: %d is out of range", field, n)
	}
	return int32(n), nil
}
