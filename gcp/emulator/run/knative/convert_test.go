package knative

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"
	"github.com/google/go-cmp/cmp"
	runv1 "google.golang.org/api/run/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"
)

// fill gives every field of a message a value; of those that exclude each other,
// the nth.
func fill(m protoreflect.Message, nth, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		if one := fd.ContainingOneof(); one != nil && one.Fields().Get(nth%one.Fields().Len()) != fd || depth > 8 {
			continue
		}
		switch {
		case fd.IsMap():
			m.Mutable(fd).Map().Set(protoreflect.ValueOfString("key").MapKey(), value(m.NewField(fd).Map().NewValue(), fd.MapValue(), nth, depth))
		case fd.IsList():
			l := m.Mutable(fd).List()
			l.Append(value(l.NewElement(), fd, nth, depth))
		default:
			m.Set(fd, value(m.NewField(fd), fd, nth, depth))
		}
	}
}

func value(empty protoreflect.Value, fd protoreflect.FieldDescriptor, nth, depth int) protoreflect.Value {
	switch fd.Kind() {
	case protoreflect.MessageKind:
		fill(empty.Message(), nth, depth+1)
		return empty
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.StringKind:
		return protoreflect.ValueOfString("text of " + string(fd.Name()))
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(1)
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(int32(fd.Number()))
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(int64(fd.Number()))
	}
	return empty
}

func filled(nth int) *runpb.Service {
	s := &runpb.Service{}
	fill(s.ProtoReflect(), nth, 0)
	s.Name = "projects/demo/locations/europe-west1/services/s"
	s.Template.Containers[0].Resources.CpuIdle = nth%2 == 0
	return s
}

// TestReplace: a client that reads an object, changes one thing of it and writes
// it back has changed that one thing, whatever else the service has in v2.
func TestReplace(t *testing.T) {
	t.Parallel()
	for nth := range 5 { // as many as there are types of volumes
		for name, edit := range map[string]func(*runv1.Service, *runpb.Service){
			"nothing": func(*runv1.Service, *runpb.Service) {},
			"an image": func(v1 *runv1.Service, v2 *runpb.Service) {
				v1.Spec.Template.Spec.Containers[0].Image, v2.Template.Containers[0].Image = "other", "other"
			},
			"a label": func(v1 *runv1.Service, v2 *runpb.Service) {
				v1.Spec.Template.Metadata.Labels["key"], v2.Template.Labels["key"] = "other", "other"
			},
			"a mark": func(v1 *runv1.Service, v2 *runpb.Service) {
				v1.Metadata.Annotations["mine"], v2.Annotations["mine"] = "yes", "yes"
			},
			"the latest": func(v1 *runv1.Service, v2 *runpb.Service) {
				v1.Spec.Traffic = []*runv1.TrafficTarget{{LatestRevision: true, Percent: 100}}
				v2.Traffic = []*runpb.TrafficTarget{{Type: toLatest, Percent: 100}}
			},
		} {
			t.Run(fmt.Sprint(name, nth), func(t *testing.T) {
				t.Parallel()
				have, want := filled(nth), filled(nth)
				for _, s := range []*runpb.Service{have, want} {
					s.Traffic = []*runpb.TrafficTarget{{Type: toRevision, Revision: "s-1", Percent: 100, Tag: "t"}}
				}
				v1 := fromService(have)
				delete(v1.Metadata.Labels, labelLocation)
				edit(v1, want)
				got, err := toService(have, v1)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		}
	}
}

// TestRows: an annotation that is shown is heard, too: without it the service is
// another, or the server alone says it.
func TestRows(t *testing.T) {
	t.Parallel()
	server := []string{"run.googleapis.com/ingress-status", "run.googleapis.com/urls", annCreator, "serving.knative.dev/lastModifier"}
	have := filled(1)
	have.Traffic = nil
	shown := fromService(have)
	delete(shown.Metadata.Labels, labelLocation)
	if n := len(shown.Metadata.Annotations) + len(shown.Spec.Template.Metadata.Annotations); n < 28 {
		t.Errorf("%d annotations are shown of a service that has everything", n)
	}
	for _, at := range []func(*runv1.Service) map[string]string{
		func(s *runv1.Service) map[string]string { return s.Metadata.Annotations },
		func(s *runv1.Service) map[string]string { return s.Spec.Template.Metadata.Annotations },
	} {
		for _, key := range slices.Sorted(maps.Keys(at(shown))) {
			v1 := fromService(have)
			delete(v1.Metadata.Labels, labelLocation)
			delete(at(v1), key)
			got, err := toService(have, v1)
			if err != nil {
				t.Fatal(err)
			}
			if same := proto.Equal(have, got); same != slices.Contains(server, key) {
				t.Errorf("without %s nothing changes: %v", key, same)
			}
		}
	}
}

// TestRefused: what v2 cannot hold is told by its place.
func TestRefused(t *testing.T) {
	t.Parallel()
	for want, edit := range map[string]func(*runv1.Service){
		"spec.template.spec.imagePullSecrets[0].name: s is not emulated": func(s *runv1.Service) {
			s.Spec.Template.Spec.ImagePullSecrets = []*runv1.LocalObjectReference{{Name: "s"}}
		},
		"spec.template.spec.volumes[0].csi.driver: some is not emulated": func(s *runv1.Service) {
			s.Spec.Template.Spec.Volumes = []*runv1.Volume{{Name: "v", Csi: &runv1.CSIVolumeSource{Driver: "some"}}}
		},
		"spec.template.spec.containers[0].envFrom[0].prefix: p is not emula": func(s *runv1.Service) {
			s.Spec.Template.Spec.Containers[0].EnvFrom = []*runv1.EnvFromSource{{Prefix: "p"}}
		},
		"metadata.annotations: run.googleapis.com/new is not emulated":        func(s *runv1.Service) { s.Metadata.Annotations["run.googleapis.com/new"] = "x" },
		"metadata.annotations[run.googleapis.com/minScale]: ":                 func(s *runv1.Service) { s.Metadata.Annotations["run.googleapis.com/minScale"] = "many" },
		"metadata.annotations[run.googleapis.com/ingress]: \"some\" is not k": func(s *runv1.Service) { s.Metadata.Annotations["run.googleapis.com/ingress"] = "some" },
		"spec.traffic[0]: exactly one of":                                     func(s *runv1.Service) { s.Spec.Traffic = []*runv1.TrafficTarget{{Percent: 100}} },
		"spec.template.spec.containerConcurrency: 4294967296 is out":          func(s *runv1.Service) { s.Spec.Template.Spec.ContainerConcurrency = 1 << 32 },
		"spec.template.spec.containers: at least one":                         func(s *runv1.Service) { s.Spec.Template.Spec.Containers = nil },
	} {
		v1 := fromService(&runpb.Service{Template: &runpb.RevisionTemplate{Containers: []*runpb.Container{{Image: "i"}}}})
		edit(v1)
		if _, err := toService(&runpb.Service{}, v1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
