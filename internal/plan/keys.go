package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/requirements"
)

// KeysOf computes the keys. T and A contain the runtime's digest and stay zero
// without it.
func KeysOf(in Inputs, runtimeDigest string) Keys {
	w := wheelsKey(in)
	k := Keys{Wheels: w, Runtime: runtimeKey(in, w)}
	if runtimeDigest != "" {
		k.TestEnv, k.App = seedsOf(in).Keys(runtimeDigest)
	}
	return k
}

// Keys turns the seeds into T and A for a runtime image. T is zero when the
// tests need no packages.
func (s Seeds) Keys(runtimeDigest string) (testenv, app key.Key) {
	runtime := key.Of("runtime", runtimeDigest)
	if len(s.TestEnv) > 0 {
		testenv = key.New(TestEnv, append(slices.Clone(s.TestEnv), runtime)...)
	}
	return testenv, key.New("app", append(slices.Clone(s.App), runtime, key.Of("testenv", testenv.Hash))...)
}

// wheelsKey covers all that decides which wheels come out.
func wheelsKey(in Inputs) key.Key {
	c := in.Config
	fields := []key.Field{
		key.Of("python", c.Python),
		key.Of("platform", in.Platform),
		key.Of("base image", c.BaseImage),
		key.Of("wheel template", string(through(in.Wheel, "wheelhouse"))),
		key.List("wheelhouse program", program(in)),
	}
	req, con := in.Closure.Canonical()
	fields = append(fields, lines("requirement", req)...)
	fields = append(fields, lines("constraint", con)...)
	fields = append(fields, lines("build requirement", BuildRequirements(in))...)
	for _, name := range in.Closure.Locals {
		fields = append(fields, key.Of("local "+name, in.Locals[name]))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Wheels.BuildEnv)) {
		fields = append(fields, key.Of("build env "+name, c.Wheels.BuildEnv[name]))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Wheels.ConfigSettings)) {
		fields = append(fields, key.List("config settings "+name, c.Wheels.ConfigSettings[name]))
	}
	return key.New(Wheels, fields...)
}

// runtimeKey adds what decides the image that the wheels are installed into.
// The packages of the system are in the template's text.
func runtimeKey(in Inputs, wheels key.Key) key.Key {
	return key.New(Runtime,
		key.Of("wheels", wheels.Hash),
		key.Of("runtime template", string(through(in.Wheel, Runtime))),
	)
}

func seedsOf(in Inputs) Seeds {
	c := in.Config
	app := []key.Field{
		key.Of("source", in.Source.Hash),
		key.List("entrypoint", c.Entrypoint),
		key.Of("main template", string(in.Main)),
		key.List("test command", c.Test.Command),
		key.Of("start", fmt.Sprint(c.Start)),
	}
	for _, name := range slices.Sorted(maps.Keys(c.Test.Env)) {
		app = append(app, key.Of("test env "+name, key.Sum([]byte(c.Test.Env[name]))))
	}
	var tests []key.Field
	if needsTestEnv(in) {
		req, con := in.Tests.Canonical()
		tests = append(lines("requirement", req), lines("constraint", con)...)
		for _, name := range in.Tests.Locals {
			tests = append(tests, key.Of("local "+name, in.Locals[name]))
		}
		tests = append(tests,
			key.Of("test template", string(through(in.Wheel, TestEnv))),
			key.List("wheelhouse program", program(in)))
	}
	return Seeds{TestEnv: tests, App: app}
}

func needsTestEnv(in Inputs) bool {
	return len(in.Config.Test.Command) > 0 && in.Tests != nil && in.Tests.Asks()
}

// Own are the app's own projects, which its layer gets: those that the app asks
// for, and those that its tests do.
func Own(in Inputs) []requirements.Own { return requirements.MergeOwn(in.Closure, in.Tests) }

// BuildRequirements is what the app's own projects are built with, nil for an app
// without any.
func BuildRequirements(in Inputs) []byte {
	if own := Own(in); len(own) > 0 {
		return append([]byte{}, in.Closure.CanonicalBuild(own)...) // not nil: they may need nothing
	}
	return nil
}

// program is each file's name and content, by name.
func program(in Inputs) (parts []string) {
	for _, name := range slices.Sorted(maps.Keys(in.Program)) {
		parts = append(parts, name, string(in.Program[name]))
	}
	return parts
}

// lines makes a field of each project in canonical requirements text, so that a
// difference can be told by name. Hashes have a field of their own.
func lines(kind string, text []byte) []key.Field {
	values := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		name := kind + " " + line[:nameEnd(line)]
		if strings.HasPrefix(line, "-") {
			name = kind + " option " + strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '=' })[0]
		}
		spec, hashes, _ := strings.Cut(line, " --hash=")
		values[name] = append(values[name], spec)
		if hashes != "" {
			values[name+" hashes"] = append(values[name+" hashes"], hashes)
		}
	}
	var fields []key.Field
	for _, name := range slices.Sorted(maps.Keys(values)) {
		fields = append(fields, key.Of(name, strings.Join(values[name], "\n")))
	}
	return fields
}

func nameEnd(line string) int {
	if i := strings.IndexAny(line, " <>=!~;@(["); i > 0 {
		return i
	}
	return len(line)
}

// through is the Dockerfile's text up to the end of the named stage, or all of
// it where it has no such stage. What comes after cannot change that stage.
func through(dockerfile []byte, stage string) []byte {
	found := false
	offset := 0
	for line := range strings.Lines(string(dockerfile)) {
		words := strings.Fields(line)
		if len(words) > 1 && strings.EqualFold(words[0], "FROM") {
			if found {
				return dockerfile[:offset]
			}
			n := len(words)
			found = n > 3 && strings.EqualFold(words[n-2], "AS") && strings.EqualFold(words[n-1], stage)
		}
		offset += len(line)
	}
	return dockerfile
}

// statuses tells hit from miss, and why a miss missed.
func statuses(in Inputs, f Facts, k Keys) Statuses {
	s := Statuses{
		Wheels:  status(k.Wheels, f.Wheels, func() string { return aged(in, f, wheelsReason(in, f, k)) }),
		Runtime: status(k.Runtime, f.Runtime, func() string { return aged(in, f, runtimeReason(f, k)) }),
		TestEnv: Status{Status: None, Reason: "the tests need no packages of their own"},
	}
	if f.Runtime != "" && f.Wheels == "" {
		s.Wheels = Status{Key: k.Wheels.Hash, Status: Hit, Reason: "in the runtime image"}
	}
	switch {
	case len(in.Config.Test.Command) == 0:
		s.TestEnv.Reason = "no tests"
	case needsTestEnv(in):
		s.TestEnv = status(k.TestEnv, f.TestEnv, func() string {
			if k.TestEnv.Hash == "" {
				return "its key contains the runtime image, which is built first"
			}
			return changes(previous(f, func(m *Made) key.Key { return unfinished(m.Seeds.TestEnv) }), unfinished(seedsOf(in).TestEnv), nil)
		})
	}
	return s
}

func status(k key.Key, digest string, reason func() string) Status {
	if digest != "" {
		return Status{Key: k.Hash, Status: Hit, Digest: digest}
	}
	return Status{Key: k.Hash, Status: Miss, Reason: reason()}
}

// aged is why an image missed that is there.
func aged(in Inputs, f Facts, otherwise string) string {
	if f.Aged {
		return "older than wheels.max_age, " + hours(in.Config.Wheels.MaxAge)
	}
	return otherwise
}

// hours is a duration as a configuration has it: 720h, 1h30m.
func hours(d time.Duration) string {
	text := strings.TrimSuffix(d.String(), "0s")
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func previous(f Facts, of func(*Made) key.Key) key.Key {
	if f.Previous == nil {
		return key.Key{}
	}
	return of(f.Previous)
}

func wheelsReason(in Inputs, f Facts, k Keys) string {
	return changes(previous(f, func(m *Made) key.Key { return m.Wheels }), k.Wheels, func(name string) string {
		if r, ok := in.Closure.Find(name); ok {
			return fmt.Sprintf("%s:%d: ", r.File, r.Line)
		}
		return ""
	})
}

func runtimeReason(f Facts, k Keys) string {
	before := previous(f, func(m *Made) key.Key { return m.Runtime })
	for _, c := range key.Diff(before, k.Runtime) {
		if c.Name == Wheels && c.Old != "" {
			return "other wheels"
		}
	}
	return changes(before, k.Runtime, nil)
}

func appReason(in Inputs, f Facts) string {
	if f.Previous == nil {
		return "this source was not built yet"
	}
	return changes(previous(f, func(m *Made) key.Key { return unfinished(m.Seeds.App) }), unfinished(seedsOf(in).App), nil)
}

// unfinished is a key without its digests, to compare the rest of it.
func unfinished(fields []key.Field) key.Key {
	if len(fields) == 0 {
		return key.Key{}
	}
	return key.New("seed", fields...)
}

// changes says in one line how a key differs from the one before it; place
// gives the file and line of a requirement's name.
func changes(before, k key.Key, place func(name string) string) string {
	if before.Hash == "" {
		return "no earlier image of this service to compare with"
	}
	diff := key.Diff(before, k)
	if len(diff) == 0 {
		return "made again, on other images than before"
	}
	const most = 3
	var parts []string
	for _, c := range diff[:min(most, len(diff))] {
		parts = append(parts, describe(c, place))
	}
	if len(diff) > most {
		parts = append(parts, fmt.Sprintf("and %d more", len(diff)-most))
	}
	return strings.Join(parts, "; ")
}

func describe(c key.Change, place func(string) string) string {
	name, isRequirement := strings.CutPrefix(c.Name, "requirement ")
	where := ""
	if isRequirement && place != nil {
		where = place(name)
	}
	switch {
	case strings.HasPrefix(c.Old, "sha256:"), strings.HasPrefix(c.New, "sha256:"),
		len(c.Old) == 64, len(c.New) == 64:
		return where + c.Name + " changed"
	case c.Old == "":
		return fmt.Sprintf("%s%s is new", where, orName(c.New, c.Name, isRequirement))
	case c.New == "":
		return fmt.Sprintf("%s is gone", orName(c.Old, c.Name, isRequirement))
	case isRequirement:
		return fmt.Sprintf("%s%s → %s", where, c.Old, strings.TrimPrefix(c.New, name))
	}
	return fmt.Sprintf("%s%s: %s → %s", where, c.Name, c.Old, c.New)
}

func orName(value, name string, isRequirement bool) string {
	if isRequirement {
		return value
	}
	return name
}
