package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
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
	fields = append(fields, entries("", in.Closure)...)
	if own := Own(in); len(own) > 0 {
		fields = append(fields, entries("build ", in.Closure.Build(own))...)
	}
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
		tests = entries("", in.Tests)
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
func Own(in Inputs) []closure.Own { return closure.MergeOwn(in.Closure, in.Tests) }

// BuildRequirements is what the app's own projects are built with, nil for an app
// without any.
func BuildRequirements(in Inputs) []byte {
	if own := Own(in); len(own) > 0 {
		text, _ := in.Closure.Build(own).Canonical()
		return append([]byte{}, text...) // not nil: they may need nothing
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

// entries makes a field of each project and option of a closure, so that a
// difference can be told by name. Hashes have a field of their own.
func entries(what string, c *closure.Closure) (fields []key.Field) {
	values := map[string][]string{}
	for _, e := range c.Entries() {
		name := what + "requirement " + e.Name
		switch e.Kind {
		case closure.Option:
			name = what + "requirement option " + e.Name
		case closure.Constraint:
			name = what + "constraint " + e.Name
		}
		values[name] = append(values[name], e.Line)
		if len(e.Hashes) > 0 {
			values[name+" hashes"] = append(values[name+" hashes"], strings.Join(e.Hashes, " --hash="))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		fields = append(fields, key.Of(name, strings.Join(values[name], "\n")))
	}
	return fields
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
