package run

import (
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// serverFields are set by the server; what a request says of them is ignored.
var serverFields = []protoreflect.Name{
	"name", "uid", "generation", "create_time", "update_time", "delete_time", "expire_time", "creator", "last_modifier",
	"urls", "observed_generation", "terminal_condition", "conditions", "latest_ready_revision", "latest_created_revision",
	"traffic_statuses", "uri", "satisfies_pzs", "threat_detection_enabled", "reconciling", "etag",
}

// merge gives the service wanted after an update: have with the masked fields
// of the request, or all that the user may set when there is no mask. An
// unknown path is INVALID_ARGUMENT.
func merge(have, request *runpb.Service, mask *fieldmaskpb.FieldMask) (*runpb.Service, error) {
	want := proto.CloneOf(have)
	paths := mask.GetPaths()
	if len(paths) == 0 || (len(paths) == 1 && paths[0] == "*") {
		want = proto.CloneOf(request)
		copyServerFields(have, want)
		return want, nil
	}
	for _, p := range paths {
		if _, err := fieldmaskpb.New(&runpb.Service{}, p); err != nil || p == "" {
			return nil, invalid("update_mask", "%q is no field of Service", p)
		}
	}
	for _, p := range paths {
		setPath(want.ProtoReflect(), request.ProtoReflect(), strings.Split(p, "."))
	}
	copyServerFields(have, want)
	return want, nil
}

// setPath replaces one field of dst by that of src, making the messages on the way.
func setPath(dst, src protoreflect.Message, path []string) {
	fd := dst.Descriptor().Fields().ByName(protoreflect.Name(path[0]))
	switch {
	case len(path) == 1 && !src.Has(fd):
		dst.Clear(fd)
	case len(path) == 1:
		dst.Set(fd, src.Get(fd))
	case !src.Has(fd) && !dst.Has(fd):
	default:
		setPath(dst.Mutable(fd).Message(), src.Get(fd).Message(), path[1:])
	}
}

// copyServerFields makes dst's output fields those of src.
func copyServerFields(src, dst *runpb.Service) {
	s, d := src.ProtoReflect(), dst.ProtoReflect()
	for _, n := range serverFields {
		fd := d.Descriptor().Fields().ByName(n)
		if s.Has(fd) {
			d.Set(fd, s.Get(fd))
		} else {
			d.Clear(fd)
		}
	}
}
