package run

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// scaling makes bounds of the number of instances.
func (i *importing) scaling() {
	bound := func(name, from string) bool {
		v, ok := i.f.At(from)
		if ok {
			n := v.Int()
			if n > 10000 {
				i.note(from, " %d is more than Cloud Run has", n)
				n = 10000
			}
			if n > 0 {
				i.set(name, strconv.Itoa(n), from)
			}
		}
		return ok
	}
	if bound("min_instances", "manual_scaling.instances") {
		bound("max_instances", "manual_scaling.instances")
	}
	bound("max_instances", "basic_scaling.max_instances")
	for _, prefix := range []string{"automatic_scaling.min_", "automatic_scaling.max_"} {
		name := strings.TrimPrefix(prefix, "automatic_scaling.") + "instances"
		if !bound(name, prefix+"num_instances") {
			bound(name, prefix+"instances")
		}
	}
	least, most := i.number("min_instances"), i.number("max_instances")
	if text := tooFew(&least, nil); most == 0 && text != "" {
		i.set("max_instances", strconv.Itoa(least), "")
	} else if most > 0 && most < least {
		i.note("automatic_scaling", ": the greatest number of instances is below the least")
		i.Settings = slices.DeleteFunc(i.Settings, func(s config.Said) bool { return s.Name == "max_instances" })
	}
	if _, said := i.f.At("manual_scaling"); i.f.Flexible() && least == 0 && !said {
		i.Notes = append(i.Notes, "App Engine keeps two instances running where nothing else is said, and Cloud Run none: run.min_instances keeps some")
	}
}

func (i *importing) number(name string) int {
	for _, s := range i.Settings {
		if s.Name == name {
			n, _ := strconv.Atoi(s.Text)
			return n
		}
	}
	return 0
}

// limits are how many requests an instance gets at once, and how long one may take.
func (i *importing) limits() {
	for _, path := range []string{"automatic_scaling.target_concurrent_requests", "automatic_scaling.max_concurrent_requests"} {
		if v, ok := i.f.At(path); ok {
			i.set("concurrency", strconv.Itoa(min(max(v.Int(), 1), 1000)), path)
			break
		}
	}
	timeout := "1h" // of the flexible environment; a day where standard is scaled by hand
	_, manual := i.f.At("manual_scaling")
	_, basic := i.f.At("basic_scaling")
	if !i.f.Flexible() && !manual && !basic {
		timeout = "10m"
	}
	i.set("timeout", timeout, "")
}
