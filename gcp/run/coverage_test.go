package run_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
)

// leftOut are the fields that nothing of ours sets, each with its reason.
var leftOut = map[string]string{
	"Service.launch_stage":          "what is in preview is not offered; Cloud Run says on output which stage a service is in",
	"Service.multi_region_settings": "regions are released to one by one",
	"Service.build_config":          "of functions, which Cloud Run builds itself",
	"Container.source_code":         "of what Cloud Run builds itself: an image is released by digest",
	"Container.base_image_uri":      "of images that Cloud Run renews by itself: what was tested runs",
	"Container.working_dir":         "it is the image's, and no flag of gcloud sets it",
	"VolumeMount.sub_path":          "no flag of gcloud sets it",
}

// reached are the fields that merging some row of the table of settings, or any release,
// sets, as MESSAGE.FIELD.
func reached() map[string]bool {
	all := map[string]bool{}
	var walk func(protoreflect.Message)
	walk = func(m protoreflect.Message) {
		m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
			all[field(f)] = true
			switch {
			case f.Message() == nil || f.IsMap():
			case f.IsList():
				for i := range v.List().Len() {
					walk(v.List().Get(i).Message())
				}
			default:
				walk(v.Message())
			}
			return true
		})
	}
	for _, tt := range settings {
		for _, set := range []func(*run.Desired){tt.set, tt.change} {
			d := desired()
			set(&d)
			walk(run.Merge(nil, d).ProtoReflect())
		}
	}
	return all
}

// byReleases are fields that no setting is of: what is released, and its traffic.
var byReleases = []string{"Service.traffic", "Service.etag", "RevisionTemplate.revision", "Service.client_version",
	"TrafficTarget.type", "TrafficTarget.revision", "TrafficTarget.percent", "TrafficTarget.tag"}

func field(f protoreflect.FieldDescriptor) string {
	return strings.TrimPrefix(string(f.FullName()), ofRun)
}

const ofRun = "google.cloud.run.v2."

// TestEveryField walks all that a service can be asked to be, and holds that a field is
// reached by a key below run, or left out for a reason.
func TestEveryField(t *testing.T) {
	t.Parallel()
	reached, there := reached(), map[string]bool{}
	for _, name := range byReleases {
		reached[name] = true
	}
	var walk func(protoreflect.MessageDescriptor)
	walk = func(m protoreflect.MessageDescriptor) {
		if !strings.HasPrefix(string(m.FullName()), ofRun) {
			return
		}
		for i := range m.Fields().Len() {
			f := m.Fields().Get(i)
			name := field(f)
			if output(f) || there[name] {
				continue
			}
			there[name] = true
			reason, out := leftOut[name]
			switch {
			case reached[name] && out:
				t.Errorf("%s is reached by a key, and left out", name)
			case out && reason == "":
				t.Errorf("%s is left out without a reason", name)
			case !reached[name] && !out:
				t.Errorf("%s is neither reached by a row of the table of settings nor left out: add a key and its field, or a reason here", name)
			}
			if f.Message() != nil && !f.IsMap() && !out {
				walk(f.Message())
			}
		}
	}
	walk((&runpb.Service{}).ProtoReflect().Descriptor())
	for _, name := range append(slices.Collect(maps.Keys(leftOut)), byReleases...) {
		if !there[name] {
			t.Errorf("there is no field %s", name)
		}
	}
}

func output(f protoreflect.FieldDescriptor) bool {
	behaviors, _ := proto.GetExtension(f.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	return slices.Contains(behaviors, annotations.FieldBehavior_OUTPUT_ONLY)
}
