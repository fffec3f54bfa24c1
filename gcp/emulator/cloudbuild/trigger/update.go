package trigger

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// kept are the fields that no update changes.
var kept = []protoreflect.Name{"id", "create_time", "resource_name"}

// Update is a trigger after an update. Without a mask all is replaced, what the
// caller does not know too; with one, only what it names. An error tells an unknown
// path.
func Update(have, want *Trigger, mask *fieldmaskpb.FieldMask) (*Trigger, error) {
	old, err := Whole(have)
	if err != nil {
		return nil, err
	}
	next, err := Whole(want)
	if err != nil {
		return nil, err
	}
	if len(mask.GetPaths()) == 0 || len(mask.GetPaths()) == 1 && mask.Paths[0] == "*" {
		for _, name := range kept {
			move(old, next, field(old.Descriptor(), string(name)))
		}
		return Plain(next)
	}
	result := proto.Clone(old).ProtoReflect()
	for _, path := range mask.Paths {
		if err := copyPath(next, result, path, path); err != nil {
			return nil, err
		}
	}
	for _, name := range kept {
		move(old, result, field(old.Descriptor(), string(name)))
	}
	t := &Trigger{}
	data, err := proto.Marshal(result.Interface())
	if err == nil {
		err = proto.Unmarshal(data, t)
	}
	return t, err
}

// copyPath makes one field of a message as it is in another.
func copyPath(from, to protoreflect.Message, path, whole string) error {
	head, rest, deeper := strings.Cut(path, ".")
	f := field(from.Descriptor(), head)
	if f == nil {
		f = from.Descriptor().Fields().ByJSONName(head)
	}
	if f == nil || deeper && (f.Message() == nil || f.IsList() || f.IsMap()) {
		return fmt.Errorf("invalid update_mask: %q is no field of a trigger", whole)
	}
	if !deeper {
		move(from, to, f)
		return nil
	}
	if !from.Has(f) && !to.Has(f) { // clearing what is not there
		return copyPath(from.Get(f).Message(), to.NewField(f).Message(), rest, whole)
	}
	return copyPath(from.Get(f).Message(), to.Mutable(f).Message(), rest, whole)
}

func move(from, to protoreflect.Message, f protoreflect.FieldDescriptor) {
	if from.Has(f) {
		to.Set(f, from.Get(f))
	} else {
		to.Clear(f)
	}
}
