package plan

const (
	wheelsHint  = "See pip's message above; a missing header or library goes into system_packages.build."
	runtimeHint = "See the message above; a missing shared library goes into system_packages.runtime."
	systemHint  = "See the message above; names of packages are those of the base image's distribution."
	installHint = "See pip's message above; the requirements must agree with each other."
	testEnvHint = "See pip's message above; the test requirements must agree with the app's pins."
	pushHint    = "See Docker's message above; the account that builds run as must be allowed to write to the repository."
)

var table = []About{
	{ID: StepResolve, Words: "resolve the requirements again", Hint: wheelsHint, Stage: StageResolution, AsksIndex: true},
	{ID: StepResolved, Ours: true, Words: "say what a resolution changes"},
	{ID: StepEarlier, Ours: true, Words: "get finished wheels of an earlier build"},
	{ID: StepLogins, Ours: true, Words: "log in to the package indexes that take the build's own account"},
	{ID: StepWheels, Words: "make the wheels", Hint: wheelsHint, Stage: StageWheelhouse, Image: Wheels, AsksIndex: true, Shared: true},
	{ID: StepPushWheels, Words: "push the wheels", Hint: pushHint},
	{ID: StepPublishWheels, Ours: true, Words: "tag the wheels, or keep what is finished of them", Shared: true},
	{ID: StepMadeWheels, Ours: true, Words: "see that all wheels were made; nothing of them is kept"},
	{ID: StepBase, Ours: true, Words: "put the base image into the registry, while the wheels are made"},
	{ID: StepLayers, Ours: true, Words: "see which installed packages are there as layers"},
	{ID: StepSystem, Words: "install packages of the system", Hint: systemHint, Stage: StageSystem, Shared: true},
	{ID: StepPushSystem, Ours: true, Words: "push what the runtime stands on"},
	{ID: StepInstall, Words: "install the wheels that are no layers yet", Hint: installHint, Stage: StageLayers, Shared: true},
	{ID: StepRuntime, Ours: true, Words: "put the runtime together, and push that"},
	{ID: StepImports, Words: "import every module", Hint: runtimeHint, Stage: StageRuntime, Shared: true},
	{ID: StepBuildRuntime, Words: "install the wheels", Hint: runtimeHint, Stage: StageRuntime, Image: Runtime, Shared: true},
	{ID: StepPushRuntime, Words: "push the runtime", Hint: pushHint},
	{ID: StepTestLogins, Ours: true, Words: "log in to them again, as a login does not last"},
	{ID: StepTestEnv, Words: "install what only the tests need", Hint: testEnvHint, Stage: StageTestEnv, Image: TestEnv, AsksIndex: true},
	{ID: StepPushTestEnv, Words: "push what only the tests need", Hint: pushHint},
	{ID: StepPublish, Ours: true, Words: "tag the shared images"},
	{ID: StepImage, Ours: true, Words: "add the app to the runtime, and push that"},
	{ID: StepBuildImage, Words: "add the app to the runtime", Hint: "See Docker's message above."},
	{
		ID: StepStart, Ours: true, KnowsRun: true, Words: "start the image and see it answer",
		Hint: "Make the app answer on 0.0.0.0:$PORT, or set `start: false` if it cannot start without its surroundings.",
	},
	{
		ID: StepTest, Ours: true, Words: "run the tests in the image",
		Hint: "Mend the tests, or set `test: false` to release without them.",
	},
	{ID: StepPush, Words: "push the image", Hint: pushHint},
	{
		ID: StepRelease, Ours: true, Words: "put the image in service", KnowsRun: true,
		Hint: "The revision that served before still does; run `gcpdeploy logs` for the new one's output.",
	},
	{ID: StepPromote, Ours: true, Words: "let what was tested become what deploys get"},
}
