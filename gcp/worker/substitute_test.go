package worker_test

import (
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

var known = map[string]string{"PROJECT_ID": "p", "BUILD_ID": "b-1", "PROJECT_NUMBER": "42", "LOCATION": "global"}

func TestSubstituteForms(t *testing.T) {
	t.Parallel()
	vars := map[string]string{"_X": "a/b.c/d.tar.gz", "_E": "", "_L": "Hello World", "_R": "<$_L>", "_U": "é-ü"}
	tests := []struct{ in, plain, dynamic string }{
		{"no reference", "no reference", ""},
		{"$_L ${_L}_$_LY", "Hello World Hello World_", ""}, // $_LY is a key of its own
		{"$$_X $$$_X $$", "$_X $a/b.c/d.tar.gz $", ""},
		{"$(date) $1 $ $x ${x} ${_X", "$(date) $1 $ $x ${x} ${_X", ""},
		{"$PROJECT_ID/$BUILD_ID/$PROJECT_NUMBER/${LOCATION}", "p/b-1/42/global", ""},
		{"<$COMMIT_SHA$TRIGGER_NAME>", "<>", ""},
		{"$_R", "<$_L>", "<Hello World>"},
		{"${_X:-d}", "${_X:-d}", "a/b.c/d.tar.gz"},
		{"${_E:-d$_L}", "${_E:-dHello World}", "dHello World"},
		{"${_N:-d}|${_N-e}|${_E-e}", "${_N:-d}|${_N-e}|${_E-e}", "d|e|"},
		{"${_E:-${_N:-x\\}y}}", "", "x}y"},
		{"${_X:+yes}${_E:+no}", "", "yes"},
		{"${_X#*/}", "", "b.c/d.tar.gz"},
		{"${_X##*/}", "", "d.tar.gz"},
		{"${_X%.*}", "", "a/b.c/d.tar"},
		{"${_X%%.*}", "", "a/b"},
		{"${_X%zip}", "", "a/b.c/d.tar.gz"},
		{"${_X/./_}", "", "a/b_c/d.tar.gz"},
		{"${_X//[.\\/]/-}", "", "a-b-c-d-tar-gz"},
		{"${_X/#a/z}", "", "z/b.c/d.tar.gz"},
		{"${_X/%gz/xz}", "", "a/b.c/d.tar.xz"},
		{"${_X/*}", "", ""},
		{"${_L^^}${_L,,}${_L,}", "", "HELLO WORLDhello worldhello World"},
		{"${_L:6}|${_L:0:5}|${_L: -5:2}|${_L:0:-6}|${_L:99}", "", "World|Hello|Wo|Hello|"},
		{"${_U#?}|${_U%?}|${_U^}", "", "-ü|é-|É-ü"},
		{"${_L//o/$_E}", "", "Hell Wrld"},
		{"${_L#[!H]}|${_L#[H-J]}", "", "Hello World|ello World"},
	}
	for _, tt := range tests {
		for _, dynamic := range []bool{false, true} {
			want := tt.plain
			if dynamic {
				if want = tt.dynamic; want == "" && tt.in != "${_X/*}" {
					want = tt.plain
				}
			} else if want == "" {
				continue
			}
			b := &build{Steps: []*step{{Name: "a", Args: []string{tt.in}}}, Substitutions: vars,
				Options: &cloudbuildpb.BuildOptions{DynamicSubstitutions: dynamic, SubstitutionOption: cloudbuildpb.BuildOptions_ALLOW_LOOSE}}
			got, err := worker.Substitute(b, known)
			if err != nil {
				t.Errorf("%q: %v", tt.in, err)
				continue
			}
			if got.Steps[0].Args[0] != want {
				t.Errorf("%q dynamic=%v: got %q, want %q", tt.in, dynamic, got.Steps[0].Args[0], want)
			}
		}
	}
}

func TestSubstituteFields(t *testing.T) {
	t.Parallel()
	b := &build{
		Steps:  []*step{{Name: "n$_A", Dir: "d$_A", Entrypoint: "e$_A", Args: []string{"$_A"}, Env: []string{"K=$_A"}, Id: "$_A", Script: "echo $_A $HOME"}},
		Images: []string{"i$_A"}, Tags: []string{"t$_A"}, LogsBucket: "$_A", Substitutions: map[string]string{"_A": "1"},
		Artifacts: &cloudbuildpb.Artifacts{Objects: &cloudbuildpb.Artifacts_ArtifactObjects{Location: "gs://$_A", Paths: []string{"$_A"}}},
		Options:   &cloudbuildpb.BuildOptions{Env: []string{"G=$_A"}},
	}
	before := proto.Clone(b)
	got, err := worker.Substitute(b, known)
	if err != nil {
		t.Fatal(err)
	}
	if !proto.Equal(b, before) {
		t.Error("the argument was changed")
	}
	s := got.Steps[0]
	have := []string{s.Name, s.Dir, s.Entrypoint, s.Args[0], s.Env[0], s.Id, s.Script, got.Images[0], got.Tags[0], got.LogsBucket,
		got.Artifacts.Objects.Location, got.Artifacts.Objects.Paths[0], got.Options.Env[0]}
	want := []string{"n1", "d1", "e1", "1", "K=1", "$_A", "echo $_A $HOME", "i1", "t1", "$_A", "gs://1", "1", "G=1"}
	if d := cmp.Diff(want, have); d != "" {
		t.Error(d)
	}
}

func TestSubstituteMatch(t *testing.T) {
	t.Parallel()
	loose := cloudbuildpb.BuildOptions_ALLOW_LOOSE
	tests := []struct {
		name    string
		arg     string
		vars    map[string]string
		options *cloudbuildpb.BuildOptions
		want    string // the argument, or "!" and part of the error
	}{
		{"unused", "x", map[string]string{"_A": "1"}, nil, `!key "_A" in the substitution data is not matched in the template`},
		{"unused, loose", "x", map[string]string{"_A": "1"}, &cloudbuildpb.BuildOptions{SubstitutionOption: loose}, "x"},
		{"missing", "$_A", nil, nil, `!key in the template "_A" is not matched in the substitution data`},
		{"missing, loose", "<$_A>", nil, &cloudbuildpb.BuildOptions{SubstitutionOption: loose}, "<>"},
		{"shell variable", "$HOME", nil, nil, `!key in the template "HOME" is not a valid built-in substitution`},
		{"default is no use without dynamic", "${_A:-d}", map[string]string{"_A": "1"}, nil, `!key "_A" in the substitution data is not matched`},
		{"default with dynamic", "${_A:-d}", nil, &cloudbuildpb.BuildOptions{DynamicSubstitutions: true}, "d"},
		{"used by another's value", "$_B", map[string]string{"_A": "1", "_B": "<$_A>"}, &cloudbuildpb.BuildOptions{DynamicSubstitutions: true}, "<1>"},
		{"options.env is no use", "x", map[string]string{"_A": "1"}, &cloudbuildpb.BuildOptions{Env: []string{"K=$_A"}}, `!key "_A" in the substitution data`},
		{"automap is a use", "x", map[string]string{"_A": "1"}, &cloudbuildpb.BuildOptions{AutomapSubstitutions: true}, "x"},
		{"loop", "$_A", map[string]string{"_A": "$_B", "_B": "$_A"}, &cloudbuildpb.BuildOptions{DynamicSubstitutions: true}, "!refers to itself"},
		{"unknown operator", "${_A@Q}", map[string]string{"_A": "1"}, &cloudbuildpb.BuildOptions{DynamicSubstitutions: true}, "!unknown parameter expansion"},
		{"offset", "${_A:x}", map[string]string{"_A": "1"}, &cloudbuildpb.BuildOptions{DynamicSubstitutions: true}, "!is not a number"},
		{"asked for", "${_A:?give it}", nil, &cloudbuildpb.BuildOptions{DynamicSubstitutions: true, SubstitutionOption: loose}, "!give it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := worker.Substitute(&build{Steps: []*step{{Name: "a", Args: []string{tt.arg}}}, Substitutions: tt.vars, Options: tt.options}, known)
			if fault, ok := strings.CutPrefix(tt.want, "!"); ok {
				if err == nil || !strings.Contains(err.Error(), fault) {
					t.Fatalf("got %v, want … %s", err, fault)
				}
				return
			}
			if err != nil || got.Steps[0].Args[0] != tt.want {
				t.Fatalf("got %v, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestAutomap(t *testing.T) {
	t.Parallel()
	no := false
	b := &build{Steps: []*step{{Name: "a", Env: []string{"_A=own"}}, {Name: "a", AutomapSubstitutions: &no}},
		Substitutions: map[string]string{"_A": "1", "_B": "2"}, Options: &cloudbuildpb.BuildOptions{AutomapSubstitutions: true}}
	got, err := worker.Substitute(b, known)
	if err != nil {
		t.Fatal(err)
	}
	env := "\n" + strings.Join(got.Steps[0].Env, "\n") + "\n"
	for _, want := range []string{"\n_B=2\n", "\nPROJECT_ID=p\n", "\n_A=1\n"} {
		if !strings.Contains(env, want) {
			t.Errorf("no %q in %s", want, env)
		}
	}
	if !strings.HasSuffix(env, "\n_A=own\n") {
		t.Errorf("the step's own variable is not last: %s", env)
	}
	if len(got.Steps[1].Env) != 0 {
		t.Errorf("step 1 has %v", got.Steps[1].Env)
	}
}

func FuzzSubstitute(f *testing.F) {
	for _, s := range []string{"$_A", "${_A:-${_B}}", "$$", "${_A//[!a-/]*/x}", "${_A%%?\\*}", "${_A: -1:2}", "${_A^^[a-c]}", "\xff${_A#\xff}", "${_A/%[^]]/$_A}"} {
		f.Add(s, "va$_Blue/x", "*[a", true)
		f.Add(s, "\xffab", s, false)
	}
	f.Fuzz(func(t *testing.T, arg, a, b string, dynamic bool) {
		if len(arg) > worker.MaxArg || len(a) > worker.MaxSubstitutionValue || len(b) > worker.MaxSubstitutionValue {
			return
		}
		in := &build{Steps: []*step{{Name: "x", Args: []string{arg}}}, Substitutions: map[string]string{"_A": a, "_B": b},
			Options: &cloudbuildpb.BuildOptions{DynamicSubstitutions: dynamic, SubstitutionOption: cloudbuildpb.BuildOptions_ALLOW_LOOSE}}
		got, err := worker.Substitute(in, known)
		if err != nil {
			return
		}
		again, err := worker.Substitute(in, known)
		if err != nil || again.Steps[0].Args[0] != got.Steps[0].Args[0] {
			t.Fatalf("not stable: %q, %q, %v", got.Steps[0].Args[0], again.Steps[0].Args[0], err)
		}
		// What is escaped comes back as it was.
		in.Steps[0].Args[0] = strings.ReplaceAll(arg, "$", "$$")
		if got, err := worker.Substitute(in, known); err != nil || got.Steps[0].Args[0] != arg {
			t.Fatalf("escaped %q became %v, %v", arg, got, err)
		}
	})
}
