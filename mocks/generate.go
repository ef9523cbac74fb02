package mocks

// The name of a double is that of its package and its interface, so that one
// package can hold two Stores. -typed has the compiler check what a test lets a
// double return.

//go:generate -command mockgen env GOWORK=off go tool -modfile=../tools/go.mod mockgen -typed -package=mocks -write_package_comment=false

//go:generate mockgen -destination=offboard_gen.go -mock_names=Partner=OffboardPartner,Store=OffboardStore,Directory=OffboardDirectory,Notifier=OffboardNotifier,Recorder=OffboardRecorder,Observer=OffboardObserver github.com/cspkit/cspkit/offboard Partner,Store,Directory,Notifier,Recorder,Observer
//go:generate mockgen -destination=mca_gen.go -mock_names=Partner=MCAPartner,Store=MCAStore,Sender=MCASender,Observer=MCAObserver github.com/cspkit/cspkit/mca Partner,Store,Sender,Observer
//go:generate mockgen -destination=auth_gen.go -mock_names=TokenSource=AuthTokenSource,TokenStore=AuthTokenStore,Invalidator=AuthInvalidator,Redactor=AuthRedactor github.com/cspkit/cspkit/auth TokenSource,TokenStore,Invalidator,Redactor
//go:generate mockgen -destination=partnercenter_gen.go -mock_names=RateBudget=PartnerCenterRateBudget,Observer=PartnerCenterObserver,StartObserver=PartnerCenterStartObserver github.com/cspkit/cspkit/partnercenter RateBudget,Observer,StartObserver
//go:generate mockgen -destination=webhooks_gen.go -mock_names=Seen=WebhooksSeen github.com/cspkit/cspkit/webhooks Seen
//go:generate mockgen -destination=seal_gen.go -mock_names=Sealer=SealSealer github.com/cspkit/cspkit/store/seal Sealer
