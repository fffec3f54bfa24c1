package run

import (
	"strconv"
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// settingsOf are the settings of a revision by their paths in the API, for people to
// compare: without its image, and without our notes. What stands in a list and has a name is
// called by it, but for the container that gets the requests, which goes without saying.
func settingsOf(v *runpb.Revision) map[string]release.Setting {
	t := &runpb.RevisionTemplate{
		Labels: v.GetLabels(), Annotations: v.GetAnnotations(), Scaling: v.GetScaling(), VpcAccess: v.GetVpcAccess(), Timeout: v.GetTimeout(),
		ServiceAccount: v.GetServiceAccount(), Containers: v.GetContainers(), Volumes: v.GetVolumes(), ExecutionEnvironment: v.GetExecutionEnvironment(),
		EncryptionKey: v.GetEncryptionKey(), MaxInstanceRequestConcurrency: v.GetMaxInstanceRequestConcurrency(), SessionAffinity: v.GetSessionAffinity(),
		NodeSelector: v.GetNodeSelector(),
	}
	s := Input(&runpb.Service{Template: t})
	withoutNotes(s)
	delete(s.Template.Labels, tryKey)
	all := map[string]release.Setting{}
	if len(s.Template.Containers) > 0 {
		main := ingress(s.Template)
		main.Image, main.Name = "", ""
	}
	show(all, "", s.Template.ProtoReflect())
	return all
}

// show puts a message's fields among the settings.
func show(all map[string]release.Setting, path string, m protoreflect.Message) {
	if e, ok := m.Interface().(*runpb.EnvVar); ok && e.GetValueSource() == nil {
		all[path] = release.Setting{Text: e.GetValue(), Hidden: true}
		return
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		at := strings.TrimPrefix(path+"."+f.JSONName(), ".")
		switch {
		case f.IsMap():
			v.Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
				all[at+"."+k.String()] = release.Setting{Text: text(f.MapValue(), v)}
				return true
			})
		case f.IsList():
			for n := range v.List().Len() {
				showItem(all, path, at, n, f, v.List().Get(n))
			}
		case f.Message() != nil && f.Message().ParentFile().Package() != "google.protobuf":
			show(all, at, v.Message())
		case f.Name() != "name" || path == "":
			all[at] = release.Setting{Text: text(f, v)}
		}
		return true
	})
}

// showItem is show of one item of a list.
func showItem(all map[string]release.Setting, path, at string, n int, f protoreflect.FieldDescriptor, v protoreflect.Value) {
	if f.Message() == nil {
		all[at+"."+strconv.Itoa(n)] = release.Setting{Text: text(f, v)}
		return
	}
	name := strconv.Itoa(n)
	if by := f.Message().Fields().ByName("name"); by != nil && by.Kind() == protoreflect.StringKind {
		name = v.Message().Get(by).String()
	}
	if name == "" {
		show(all, path, v.Message())
		return
	}
	show(all, at+"."+name, v.Message())
}

// text is a value as the API's JSON has it, a text without its quotes.
func text(f protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch f.Kind() {
	case protoreflect.EnumKind:
		if d := f.Enum().Values().ByNumber(v.Enum()); d != nil {
			return string(d.Name())
		}
	case protoreflect.MessageKind:
		data, _ := protojson.Marshal(v.Message().Interface()) // what was received can be written
		return strings.Trim(string(data), `"`)
	}
	return v.String()
}
