package run

import (
	"fmt"
	"math"
	"strconv"

	"github.com/gcpdeploy/gcpdeploy/internal/appyaml"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// importing is an app.yaml on its way to Cloud Run.
type importing struct {
	f *appyaml.File
	release.Import
}

// importFile says what becomes of an app.yaml: each setting that Cloud Run has, and
// with its line each that it has none for.
func importFile(f *appyaml.File, bundled []string) (release.Import, bool) {
	i := &importing{f: f}
	i.service()
	i.size()
	i.scaling()
	i.limits()
	i.env()
	i.caller()
	i.rest()
	if !f.Flexible() {
		i.standard(bundled)
	}
	return i.Import, true
}

// service is the service's name, where it has one but the default. App Engine takes
// names that Cloud Run does not.
func (i *importing) service() {
	name := i.f.Service()
	if name == "default" {
		return
	}
	key := "service"
	if i.f.Line(key) == 0 {
		key = "module"
	}
	if fit := config.ServiceName(name); fit != name {
		i.note(key, " %s is no name for a service of Cloud Run, or taken by images: it becomes %s", name, fit)
		name = fit
	}
	v, _ := i.f.At(key)
	i.Settings = append(i.Settings, config.Said{Name: "service", Ours: true, Text: name, Place: v.Place})
}

// set makes a setting of the section from a key of the file, "" = from what App Engine
// does without one.
func (i *importing) set(name, text, from string) {
	s := config.Said{Name: name, Text: text}
	if v, ok := i.f.At(from); ok {
		s.Place = v.Place
	}
	i.Settings = append(i.Settings, s)
}

// note tells something of a key of the file.
func (i *importing) note(path, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if line := i.f.Line(path); line > 0 {
		text = appyaml.Name + ":" + strconv.Itoa(line) + ": " + path + text
	}
	i.Notes = append(i.Notes, text)
}

// classes are the instances of the standard environment, in MiB
// (cloud.google.com/appengine/docs/standard#instance_classes; not checked against it).
var classes = map[string]int{"F1": 384, "F2": 768, "F4": 1536, "F4_1G": 3072, "B1": 384, "B2": 768, "B4": 1536, "B4_1G": 3072, "B8": 3072}

// size makes CPU and memory of those of an instance: never less than it had.
func (i *importing) size() {
	cpu, mib, from, memoryFrom := 1, 0, "resources.cpu", "resources.memory_gb"
	switch class := i.f.Text("instance_class"); {
	case i.f.Flexible():
		cpu = i.cpus()
		if v, ok := i.f.At(memoryFrom); ok {
			mib = int(math.Ceil(v.Float() * 1024))
		} else {
			mib = 640 // an instance has 0.6 GB
		}
	case classes[class] > 0:
		mib, from, memoryFrom = classes[class], "instance_class", "instance_class"
		if class == "B8" {
			cpu = 2
		}
	case class != "":
		i.note("instance_class", " %s is not known here: set run.cpu and run.memory", class)
		return
	}
	if mib > 32<<10 {
		i.note(memoryFrom, " is more than the 32 GiB that an instance of Cloud Run may have")
		mib = 32 << 10
	}
	memory := strconv.Itoa(max(mib, 512)) + "Mi"
	if least := cpusFor(memory); least > cpu {
		i.note(memoryFrom, " takes %d CPUs on Cloud Run", least)
		cpu = least
	}
	for _, row := range memories {
		if row.cpus == strconv.Itoa(cpu) && amountOf(memory).Cmp(amountOf(row.least)) < 0 {
			memory = row.least
		}
	}
	if cpu > 1 || i.f.Flexible() {
		i.set("cpu", strconv.Itoa(cpu), from)
	}
	i.set("memory", memory, memoryFrom)
}

// cpus are the CPUs of a flexible instance, in a size that Cloud Run has.
func (i *importing) cpus() int {
	v, ok := i.f.At("resources.cpu")
	if !ok {
		return 1
	}
	for _, milli := range wholeCPUs {
		if v.Float()*1000 <= float64(milli) {
			if float64(milli) != v.Float()*1000 {
				i.note("resources.cpu", " %s becomes %d, the next size of Cloud Run", v.Text, milli/1000)
			}
			return milli / 1000
		}
	}
	i.note("resources.cpu", " %s is more than the 8 that an instance of Cloud Run may have", v.Text)
	return 8
}

// cpusFor is how many CPUs so much memory takes.
func cpusFor(memory string) int {
	n, _ := strconv.Atoi(enough(amountOf(memory)))
	return max(n, 1)
}

// env are the variables, but for those that Cloud Run sets itself.
func (i *importing) env() {
	v, ok := i.f.At("env_variables")
	if !ok {
		return
	}
	s := config.Said{Name: "env", Place: v.Place}
	for _, f := range v.Fields {
		if _, bad := checkVariable(f.Name); bad != nil {
			i.note("env_variables."+f.Name, " is left out: %s", bad.Message)
			continue
		}
		s.Map = append(s.Map, config.Said{Name: f.Name, Text: f.Value.Text, Place: f.Value.Place})
	}
	if len(s.Map) > 0 {
		i.Settings = append(i.Settings, s)
	}
}

// caller is who runs the app, and who may call it: everybody, as on App Engine, where
// no handler asks for a login.
func (i *importing) caller() {
	if v, ok := i.f.At("service_account"); ok {
		if _, bad := config.CheckAccount(v.Text); bad != nil {
			i.note("service_account", " is left out: it %s", bad.Message)
		} else {
			i.set("service_account", v.Text, "service_account")
		}
	}
	handlers, _ := i.f.At("handlers")
	for _, h := range handlers.Items {
		login, _ := h.At("login")
		if login.Text == "required" || login.Text == "admin" {
			return
		}
	}
	i.set("allow_unauthenticated", "true", "")
}
