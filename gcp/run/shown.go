package run

import (
	"slices"
	"strconv"
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// settingsOf are the settings of a revision by our keys, or where no key is for them by their
// paths in the API, for people to compare: without its image, and without our notes.
func settingsOf(v *runpb.Revision) map[string]release.Setting {
	t := &runpb.RevisionTemplate{
		Labels: v.GetLabels(), Annotations: v.GetAnnotations(), Scaling: v.GetScaling(), VpcAccess: v.GetVpcAccess(), Timeout: v.GetTimeout(),
		ServiceAccount: v.GetServiceAccount(), Containers: v.GetContainers(), Volumes: v.GetVolumes(), ExecutionEnvironment: v.GetExecutionEnvironment(),
		EncryptionKey: v.GetEncryptionKey(), MaxInstanceRequestConcurrency: v.GetMaxInstanceRequestConcurrency(), SessionAffinity: v.GetSessionAffinity(),
		NodeSelector: v.GetNodeSelector(),
	}
	s := Input(&runpb.Service{Template: t})
	withoutNotes(s)
	return shownBy(s)
}

// Differences are what releasing would change of a service, whose image and traffic are told
// elsewhere; merged is Merge of it.
func Differences(observed, merged *runpb.Service) []release.Change {
	shown := func(s *runpb.Service) map[string]release.Setting {
		s = comparable(s)
		s.Name, s.Traffic = "", nil
		for _, note := range []string{managedKey, heldKey, jobsKey} {
			annotate(&s.Annotations, note, "")
		}
		return shownBy(s)
	}
	return release.Compare(shown(observed), shown(merged))
}

// shownBy are the settings of a service, of which it takes the notes. What stands in a list
// and has a name is called by it, but for the container that gets the requests, which goes
// without saying.
func shownBy(s *runpb.Service) map[string]release.Setting {
	if s.Template != nil {
		delete(s.Template.Labels, tryKey)
		if len(s.Template.Containers) > 0 {
			main := ingress(s.Template)
			main.Image, main.Name = "", ""
		}
	}
	all, named := map[string]release.Setting{}, map[string]release.Setting{}
	show(all, "", s.ProtoReflect())
	for path, setting := range all {
		path, setting.Text = keyed(path, setting.Text)
		named[path] = setting
	}
	for _, p := range paths {
		if _, said := named[p.path()]; p.isBool() && !said {
			named[p.path()] = release.Setting{Text: p.say("false")}
		}
	}
	return named
}

// show puts a message's fields among the settings.
func show(all map[string]release.Setting, path string, m protoreflect.Message) {
	switch m := m.Interface().(type) {
	case *runpb.EnvVar:
		all[path] = release.Setting{Text: m.GetValue(), Hidden: true}
		if ref := m.GetValueSource().GetSecretKeyRef(); ref != nil {
			all[path] = release.Setting{Text: ref.GetSecret() + ":" + ref.GetVersion()}
		}
		return
	case *runpb.VolumeMount:
		all[path+".mount"] = release.Setting{Text: m.GetMountPath()}
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
		case f.IsList() && f.Message() == nil:
			var items []string
			for n := range v.List().Len() {
				items = append(items, text(f, v.List().Get(n)))
			}
			all[at] = release.Setting{Text: strings.Join(items, ", ")}
		case f.IsList():
			for n := range v.List().Len() {
				showItem(all, path, at, n, v.List().Get(n).Message())
			}
		case f.Message() != nil && f.Message().ParentFile().Package() != "google.protobuf":
			if proto.Size(v.Message().Interface()) == 0 {
				all[at] = release.Setting{Text: "{}"} // that it is there says something
			}
			show(all, at, v.Message())
		case f.Name() != "name" || path == "":
			all[at] = release.Setting{Text: text(f, v)}
		}
		return true
	})
}

// showItem is show of one item of a list.
func showItem(all map[string]release.Setting, path, at string, n int, m protoreflect.Message) {
	switch m := m.Interface().(type) {
	case *runpb.ContainerPort: // the one that there is
		all[at+".containerPort"] = release.Setting{Text: strconv.Itoa(int(m.GetContainerPort()))}
		if m.GetName() != "" {
			all[at+".name"] = release.Setting{Text: m.GetName()}
		}
		return
	case *runpb.EnvVar:
		if m.GetValueSource() != nil {
			at = strings.TrimSuffix(at, "env") + "secrets"
		}
	}
	name := strconv.Itoa(n)
	if by := m.Descriptor().Fields().ByName("name"); by != nil && by.Kind() == protoreflect.StringKind {
		name = m.Get(by).String()
	}
	if name == "" {
		show(all, path, m)
		return
	}
	show(all, at+"."+name, m)
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

// keyed is the key of ours that a path in the API is of, and the value in the key's words.
func keyed(path, value string) (key, said string) {
	for _, p := range paths {
		below, ok := strings.CutPrefix(path, p.api)
		if !ok || below != "" && below[0] != '.' {
			continue
		}
		return p.path() + below, p.say(value)
	}
	return strings.TrimPrefix(path, "template."), value
}

// shownPath is where the API has a key; what is below the one is below the other.
type shownPath struct {
	api, key string
	words    []string // pairs: the API's, ours
}

func (p shownPath) path() string { return section + "." + p.key }

func (p shownPath) isBool() bool { return len(p.words) > 0 && slices.Contains(p.words, "false") }

// say is a value in our words.
func (p shownPath) say(value string) string {
	for n := 0; n < len(p.words); n += 2 {
		if p.words[n] == value {
			return p.words[n+1]
		}
	}
	return value
}
