package dockerfile_test

import (
	"strings"
	"testing"
)

// Names of stores of finished wheels that only this test uses.
const one, two, three = "gcpdeploy-test-wheels-1", "gcpdeploy-test-wheels-2", "gcpdeploy-test-wheels-3"

// What was built once is not built again, and nothing doubtful is taken for it.
func TestReuse(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for n, name := range []string{"one", "two", "three", "four", "five"} {
		b.sdist("gcpd-"+name, "1.0", 9000-1000*n, n > 1, "")
	}
	b.require("gcpd-one==1.0", "gcpd-two==1.0", "gcpd-three==1.0", "gcpd-four==1.0", "gcpd-five==1.0")

	b.hold.Store(true)
	b.killed(one, "built gcpd-one 1.0 in ", "built gcpd-two 1.0 in ")
	b.hold.Store(false)
	// To BuildKit, the very same build would be the one that it is about to stop.
	log := b.wheels("wheels", one, "--add-host", "again:127.0.0.1")
	did(t, log, "reused", "one", "two")
	did(t, log, "built", "three", "four", "five")
	first := b.layers("wheels")[0]

	// On a machine that has nothing of it: Docker empties the store, too.
	log = b.wheels("again", two, "--no-cache")
	did(t, log, "built", "one", "two", "three", "four", "five")
	if got := b.layers("again")[0]; got != first {
		t.Errorf("from scratch the wheels' layer is %s, not %s", got, first)
	}

	b.spoil("gcpd_one", "gcpd_two", "gcpd_three")
	log = b.wheels("again", three, "--build-arg", "EARLIER="+b.ref("spoilt"))
	did(t, log, "built", "one", "two", "three")
	did(t, log, "reused", "four", "five")
	if n := strings.Count(log, "of the earlier wheelhouse is damaged; it is not used"); n < 2 {
		t.Errorf("%d notes about damaged wheels\n%s", n, log)
	}
	if got := b.layers("again")[0]; got != first {
		t.Errorf("with a spoilt image the wheels' layer is %s, not %s", got, first)
	}

	b.sdist("gcpd-two", "1.1", 9000, false, "")
	b.require("gcpd-one==1.0", "gcpd-two==1.1", "gcpd-three==1.0", "gcpd-four==1.0")
	log = b.wheels("again", three, "--build-arg", "EARLIER="+b.ref("wheels"))
	did(t, log, "reused", "one", "three", "four")
	did(t, log, "built", "two")
}

// A build that fails costs nothing that others have finished.
func TestFailedBuild(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.sdist("gcpd-good", "1.0", 10, false, "")
	b.sdist("gcpd-bad", "1.0", 10, false, "#include <yaml.h>\n")
	b.require("gcpd-good==1.0", "gcpd-bad==1.0")
	log := b.wheels("wheels", one)
	did(t, log, "built", "good")
	did(t, log, "FAILED", "bad")
	for _, want := range []string{"fatal error: yaml.h: No such file", "hint: The header yaml.h is missing: add to gcpdeploy.yaml `system_packages: {build: [libyaml-dev]}`"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q\n%s", want, log)
		}
	}
	log, err := b.build("runtime", "--target", "runtime", "--build-arg", "WHEELS="+b.ref("wheels"))
	if err == nil || !strings.Contains(log, "error: some wheels could not be built") || !strings.Contains(log, "fatal error: yaml.h") {
		t.Errorf("installing it: %v\n%s", err, log)
	}
	b.sdist("gcpd-bad", "1.0", 10, false, "")
	log = b.wheels("again", two, "--build-arg", "EARLIER="+b.ref("wheels"))
	did(t, log, "reused", "good")
	did(t, log, "built", "bad")
}
