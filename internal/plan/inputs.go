package plan

import (
	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/wheel"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// App is what an app's files and its configuration say. Keys are made of it, and
// of the digests of images.
type App struct {
	Config   *config.Config
	Release  release.Spec        // what is asked for, but for its image
	Closure  *closure.Closure    // what the app needs
	Tests    *closure.Closure    // what its tests need besides; empty when nothing
	Locals   map[string]string   // hash of each local project or file the closures name
	Builds   map[string][]string // what packages are built with, where that is locked: by NAME==VERSION
	Wheel    []byte              // rendered wheel.Dockerfile
	Main     []byte              // rendered main.Dockerfile
	Program  map[string][]byte   // what runs in wheel.Dockerfile's stages: content by slash path, "wheelhouse/pip.py"
	Source   Source
	Folder   string // where in the source the app lies, slashed; "" = it is the source
	Ignore   []byte // the tree's .dockerignore
	Platform string // "linux/amd64"
	CA       bool   // a CA bundle travels with the source
	Logins   bool   // this machine knows logins of the package indexes
	// OwnLogins are the hosts of package indexes that builds have logins of their own for.
	OwnLogins []string
	Before    string   // RFC 3339: packages uploaded later are not taken; "" = no limit
	Notes     []string // what loading wants the user to know
	// ReleaseNotes is what the target has to say of a release; in no key.
	ReleaseNotes []string
	Goal         Goal // how far a run goes; in no key
	// Origin is where the run comes from; nil = nothing says. It is in no key, and not in
	// what is sent.
	Origin *ci.Origin
	// Stranger is why the run's code is not trusted: see ci.Origin.Stranger. Such a run
	// reads all keys, and writes none. "" = it is. It is in no key.
	Stranger string
}

// Place is where a plan is carried out, and by which program. It is known once
// it is known where Google is, and is in no key.
type Place struct {
	Project    string
	Region     string   // of the release
	Home       string   // of the repository, and of builds that are placed nowhere else; "" = Region
	Repository string   // "europe-west1-docker.pkg.dev/project/gcpdeploy"
	Version    string   // this program's
	Env        []string // of the builder's steps: other endpoints than Google's
}

// Source is the application's tree as it will be sent.
type Source struct {
	Hash  string `json:"hash"`
	Files int    `json:"files"`
	Bytes int64  `json:"bytes"`
	// App is where in it the app lies, and Parts are the folders and files that are sent,
	// where packages are needed that lie outside of the app's folder.
	App   string   `json:"app,omitempty"`
	Parts []string `json:"parts,omitempty"`
}

// Facts is what was observed. A digest is "" when the image is not there.
type Facts struct {
	Builder  string
	Base     string // the base image pinned by digest, looked up on a miss; "" = as configured
	Wheels   string
	Earlier  string // wheels image that finished wheels can be taken from, looked up on a miss
	Runtime  string
	Aged     bool // there is a runtime image, and it is older than wheels.max_age
	TestEnv  string
	Image    string
	Previous *Made // of the image that serves now; nil = none, or made by another tool
	Service  release.Service
	Busy     bool // a build of this service is under way
	// Files are those that the package indexes have of the projects that Asked
	// names, asked on a miss of the wheels; a project without an answer is absent.
	Files map[string][]wheel.File
	// Pythons are the minor versions that the project and its locks allow, read with
	// Files.
	Pythons []string
}
