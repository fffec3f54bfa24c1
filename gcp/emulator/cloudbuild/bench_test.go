package cloudbuild_test

import "testing"

// BenchmarkBuild is what the emulator adds to a build of three steps that do
// nothing: request, state on disk, source, log, steps, end.
func BenchmarkBuild(b *testing.B) {
	f := start(b, b.TempDir(), nil)
	source := f.put(b, "s.tgz", archive(b, map[string]string{"a": "b"}))
	for b.Loop() {
		f.wait(b, f.submit(b, &build{Source: source, Steps: []*step{{Name: "x"}, {Name: "x"}, {Name: "x"}}}))
	}
}
