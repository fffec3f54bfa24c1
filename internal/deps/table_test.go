package deps_test

// house is who may import whom. Floors lie on each other, the lowest first: a
// package imports packages of ours from its own floor or a lower one, and of
// those only what its line allows. A path that ends in /... stands for all below it.
var house = rules{
	floors: []floor{
		{"what knows nothing of deploying", []line{
			{"internal/errs", ""},
			{"internal/atomicfile", ""},
			{"internal/key", ""},
			{"internal/layer", ""},
			{"internal/poll", ""},
			{"internal/cron", ""},
			{"internal/suggest", ""},
			{"internal/ci", ""},
			{"internal/notify", ""},
			{"internal/group", ""},
			{"internal/ui", ""},
			{"internal/profile", "internal/errs templates"},
			{"internal/program", ""},
			{"internal/golden", ""},
			{"internal/actions", "internal/errs internal/ui"},
			{"internal/doctor", "internal/errs"},
			{"internal/testindex/...", "internal/testindex"},
			{"internal/deps", ""},
			{"internal/e2e", ""}, // tests alone
			{"templates", ""},
			{"internal/layer", ""},
		}},
		{"what reads the user's files, and never a service", []line{
			{"internal/credential", "internal/errs"},
			{"internal/appfile", "internal/errs"},
			{"internal/git", "internal/errs"},
			{"internal/yamlfile", "internal/errs"},
			{"internal/appyaml", "internal/errs internal/suggest internal/yamlfile"},
			{"internal/imagefile", ""},
			{"internal/python", ""},
			{"internal/python/module", ""},
			{"internal/python/pep508", "internal/suggest"},
			{"internal/python/wheel", "internal/python/pep508"},
			{"internal/python/link", "internal/python/pep508"},
			{"internal/python/reqfile", "internal/errs internal/python/link internal/python/pep508 internal/suggest"},
			{"internal/python/closure", "internal/credential internal/errs internal/python/link internal/python/pep508 internal/python/reqfile internal/python/wheel"},
			{"internal/python/lockfile", "internal/errs internal/python/closure internal/python/link internal/python/pep508"}, // others choose among several
			{"internal/python/project", "internal/appfile internal/errs internal/imagefile internal/python internal/python/closure internal/python/link internal/python/lockfile internal/python/pep508 internal/python/wheel"},
			{"internal/python/buildlock", "internal/errs internal/python/pep508"},
			{"internal/index", "internal/python/wheel"}, // an index knows projects, not what they are wanted for
			{"internal/config", "internal/ci internal/errs internal/notify internal/python internal/python/link internal/python/pep508 internal/suggest internal/yamlfile"},
			{"internal/serving", ""},
			{"internal/cifile", "internal/ci internal/errs"},
			{"internal/plugin", "internal/ci internal/config internal/errs internal/suggest internal/ui"},
			{"internal/detect", "internal/appfile internal/appyaml internal/config internal/errs internal/imagefile internal/python/... internal/serving"},
			{"internal/source", "internal/errs"},
			{"internal/dockerfile", "internal/errs"},
		}},
		{"what decides, on values", []line{
			{"internal/release/...", "internal/appyaml internal/ci internal/config internal/errs internal/release"},
			{"internal/plan", "internal/ci internal/config internal/dockerfile internal/key internal/layer internal/python internal/python/closure internal/python/pep508 internal/python/wheel internal/release"},
			{"internal/inventory", "internal/errs internal/key internal/plan internal/release"},
		}},
		{"what does it, through interfaces of its own", []line{
			{"internal/engine", "internal/appfile internal/ci internal/config internal/credential internal/detect internal/dockerfile internal/errs internal/inventory internal/key internal/lease " +
				"internal/plan internal/poll internal/python/... internal/release internal/source internal/ui templates"},
			{"internal/lease", "internal/errs internal/plan internal/poll"},
			{"internal/ask", ""},
			{"internal/migrate", "internal/appyaml internal/config internal/python internal/release"},
			{"internal/visit", "internal/release"},
			{"internal/stock", "internal/errs internal/inventory internal/key internal/plan internal/release internal/ui"},
		}},
		{"Docker, and what runs steps on it: in the emulators, and inside a real build", []line{
			{"internal/docker/...", "internal/docker internal/errs internal/program"},
			{"internal/builder", "internal/ask internal/ci internal/config internal/credential internal/docker internal/errs internal/inventory internal/key internal/layer internal/plan internal/poll internal/profile internal/release internal/serving internal/source internal/ui"},
			{"internal/promote", "internal/builder internal/ci internal/config internal/errs internal/inventory internal/key internal/plan internal/poll internal/release internal/suggest internal/ui"}, // a build's last step without a build
			{"gcp/worker/...", "gcp/worker internal/atomicfile internal/docker internal/errs"},
		}},
		{"Google's services: our clients, and the targets on them", []line{
			{"gcp/rights", ""},
			{"gcp", "gcp/rights internal/errs internal/poll"},
			{"gcp/cloudbuild", "gcp gcp/logging gcp/rights internal/errs internal/plan internal/poll"},
			{"gcp/logging", "gcp internal/poll internal/release"},
			{"gcp/notify", "gcp gcp/secretmanager internal/errs internal/notify"},
			{"gcp/project", "gcp internal/errs internal/poll"},
			{"gcp/registry", "gcp internal/errs internal/layer internal/program"},
			{"gcp/appengine", "gcp gcp/logging gcp/rights gcp/setup internal/appyaml internal/ci internal/config internal/cron internal/errs internal/poll internal/python internal/release"},
			{"gcp/run", "gcp gcp/logging gcp/rights gcp/schedule gcp/secretmanager internal/appyaml internal/ci internal/config internal/cron internal/errs internal/poll internal/release"},
			{"gcp/schedule", "gcp internal/errs"},
			{"gcp/secretmanager", "gcp"},
			{"gcp/storage", "gcp internal/errs"},
			{"gcp/trigger", "gcp internal/errs"},
			{"gcp/doctor", "gcp gcp/project gcp/rights gcp/setup internal/doctor internal/errs internal/release internal/ui"},
			{"gcp/inbuild", "gcp gcp/cloudbuild gcp/worker internal/docker internal/errs internal/lease internal/plan internal/poll"},
			{"gcp/setup", "gcp gcp/project gcp/registry gcp/rights gcp/storage internal/config internal/errs internal/poll"},
		}},
		{"Google's services on this machine", []line{
			{"gcp/emulator/...", "gcp/emulator/... gcp/worker internal/atomicfile internal/docker internal/errs"},
			{"internal/local", "internal/atomicfile internal/errs internal/poll"},
		}},
		{"the program", []line{
			{"internal/bench", "internal/docker internal/plan"},
			{"gcp/clients", "gcp/... internal/..."}, // the one place that puts the parts together
			{"cmd", "gcp/clients internal/..."},
			{"cmd/gcpdeploy", "cmd"},
		}},
	},

	// outside is what packages not of ours, and parts of the standard library that
	// are listed, are for. A package of others
	// that no line names is not imported.
	outside: []outside{
		{"cloud.google.com/go/... google.golang.org/api/... google.golang.org/genproto/... google.golang.org/grpc/... google.golang.org/protobuf/... github.com/googleapis/gax-go/...", "gcp/...", "Google's libraries are used below gcp only"},
		{"github.com/google/go-containerregistry/... golang.org/x/crypto/x509roots/...", "gcp/registry", "one package speaks with registries"},
		{"github.com/distribution/... github.com/opencontainers/go-digest/... github.com/sirupsen/logrus/...", "gcp/emulator/registry", "the emulator's registry is CNCF's, and ours to wrap once"},
		{"connectrpc.com/vanguard/...", "gcp/emulator", "the emulators' front speaks REST"},
		{"github.com/moby/moby/... github.com/containerd/errdefs/...", "internal/docker", "one package speaks with Docker"},
		{"github.com/moby/buildkit/...", "internal/dockerfile internal/imagefile", "our Dockerfiles, and those that an app comes with"},
		{"github.com/urfave/cli/... golang.org/x/term/...", "cmd", "flags and terminals end in cmd"},
		{"github.com/robfig/cron/...", "gcp/emulator/scheduler internal/cron", "when a schedule is due"},
		{"github.com/goccy/go-yaml/...", "gcp/cloudbuild gcp/emulator/cloudbuild/trigger internal/appyaml internal/config internal/detect internal/yamlfile", "YAML comes from users, and goes to gcloud"},
		{"mvdan.cc/sh/...", "internal/config internal/imagefile internal/serving", "command lines are words or need a shell"},
		{"github.com/pelletier/go-toml/...", "internal/detect internal/python/...", "TOML is Python's, and some platforms'"},
		{"deps.dev/util/...", "internal/engine internal/python/...", "versions and names as PyPI has them"},
		{"github.com/go-git/go-git/v5/plumbing/format/config", "internal/git", "git's configuration has a grammar of its own"},
		{"golang.org/x/net/...", "internal/index", "an index's pages are HTML"},
		{"golang.org/x/text/...", "internal/python/reqfile", "requirement files have encodings"},
		{"github.com/klauspost/compress/...", "internal/layer internal/source", "the archive, and layers of images"},
		{"github.com/moby/patternmatcher/...", "internal/source", "a .dockerignore means what Docker takes it for"},
		{"github.com/gofrs/flock/...", "gcp/emulator gcp/inbuild internal/local", "one process at a time, and a lock that ends with it"},
		{"github.com/google/go-cmp/...", "internal/golden", "differences in tests"},
		{"golang.org/x/sync/...", "...", "errgroup"},
		{"net/http", "cmd gcp/... internal/ask internal/bench internal/credential internal/engine internal/index internal/testindex/... internal/visit", "few speak HTTP: a lock file is read without a network"},
		{"os/exec", "gcp/emulator/gcloudtest gcp/emulator/git gcp/worker internal/bench internal/credential internal/docker/... internal/git internal/local internal/visit", "few run programs"},
	},

	// pure packages work on values: they import nothing of effects but what follows.
	pure: []line{
		{"internal/ci", ""}, {"internal/errs", ""}, {"internal/key", ""}, {"internal/suggest", ""},
		{"internal/python/pep508", ""}, {"internal/python/wheel", ""},
		{"internal/errs", ""}, {"internal/key", ""}, {"internal/suggest", ""},
		{"internal/plan", ""}, {"internal/inventory", ""}, {"gcp/rights", ""},
		{"internal/release", "context"}, // for who implements a target
	},

	// apart holds for what is reached through others, ours or not, too.
	apart: []apart{
		{"internal/builder internal/engine internal/local internal/stock", "cloud.google.com/go/... google.golang.org/api/...", "Google's libraries are used below gcp only"},
		{"internal/engine", "gcp/...", "the engine calls what it declares, not who implements it"},
		{"gcp/emulator/...", "gcp gcp/appengine gcp/cloudbuild gcp/doctor gcp/logging gcp/notify gcp/project gcp/registry gcp/run gcp/schedule gcp/secretmanager gcp/setup gcp/storage gcp/trigger internal/engine internal/plan", "one misreading of an API must not hide in client and emulator"},
		{"gcp/worker/...", "gcp/emulator/...", "the worker runs inside a real build, too"},
		{"gcp gcp/appengine gcp/cloudbuild gcp/logging gcp/notify gcp/project gcp/registry gcp/run gcp/schedule gcp/secretmanager gcp/setup gcp/storage gcp/trigger", "gcp/emulator/... internal/docker", "a client knows nothing of this machine"},
	},

	clocks: []string{
		"cmd",        // hands it on
		"gcp/worker", // log lines have times
		"gcp/emulator/...", "internal/bench", "internal/builder", "internal/poll", "internal/testindex", "internal/ui",
	},
}
