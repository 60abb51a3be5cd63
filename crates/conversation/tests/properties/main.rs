//! What must hold whatever happens, against a server and a caller that do as they please.

mod world;

use std::time::Duration;

use proptest::prelude::*;
use switchboard_conversation::{Input, ModelEvent, Setup};
use world::{Step, World};

fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (1u64..2_500).prop_map(Step::Pass),
        4 => Just(Step::Obey),
        2 => Just(Step::CallerSpeaks),
        2 => Just(Step::CallerStops),
        4 => (20u64..3_000).prop_map(Step::Audio),
        2 => (0usize..4).prop_map(Step::Call),
        1 => Just(Step::HalfCall),
        3 => (0usize..5).prop_map(Step::Finish),
        3 => (0usize..6).prop_map(Step::Answer),
        1 => Just(Step::RefuseNext),
        1 => Just(Step::Marks),
        1 => Just(Step::Digits),
        1 => Just(Step::Noise),
        1 => Just(Step::Words),
        1 => any::<bool>().prop_map(Step::Lose),
        1 => Just(Step::Say),
        1 => Just(Step::Drop),
        2 => any::<bool>().prop_map(Step::Dialled),
        1 => Just(Step::Late),
    ];
    prop::collection::vec(step, 1..most)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// `World` checks at every output: one response at a time, none while the caller speaks, every call answered once,
    /// truncated never beyond what was heard, local agent = server's agent, one update in flight. In the end every debt has
    /// been paid or apologised for.
    #[test]
    fn the_house_rules_hold_whatever_happens(
        steps in steps(120),
        text in any::<bool>(),
        manual in any::<bool>(),
        rendered in any::<bool>(),
        echoes in any::<bool>(),
    ) {
        let setup = world::setup(text);
        let setup = if rendered { world::rendered(setup) } else { setup };
        let mut world = World::new(&Setup { server_responds: !manual, server_interrupts: !manual, ..setup });
        world.echoes = echoes;
        for step in &steps {
            world.step(step);
        }
        world.settle();
    }

    /// The machines read no clock and no chance.
    #[test]
    fn the_same_inputs_give_the_same_outputs(steps in steps(60)) {
        let run = || {
            let mut world = World::new(&world::rendered(world::setup(false)));
            for step in &steps {
                world.step(step);
            }
            world.log
        };
        prop_assert_eq!(run(), run());
    }

    /// However the model goes, and if it never comes back, the caller is told, and the line is closed.
    #[test]
    fn a_model_that_stays_away_ends_the_call_with_an_apology(steps in steps(60)) {
        let mut world = World::new(&world::setup(false));
        for step in &steps {
            world.step(step);
        }
        world.lose_the_link();
    }
}

#[test]
fn state_stays_bounded_over_a_hundred_thousand_inputs() {
    let mut world = World::new(&world::setup(false));
    let cycle = [
        Step::CallerSpeaks,
        Step::Pass(300),
        Step::CallerStops,
        Step::Obey,
        Step::Audio(900),
        Step::Call(0),
        Step::Finish(0),
        Step::Answer(0),
        Step::Obey,
        Step::Audio(1_500),
        Step::Finish(0),
        Step::Pass(700),
        Step::Noise,
    ];
    let mut after_a_while = 0;
    for round in 0..8_000 {
        for step in &cycle {
            world.step(step);
        }
        world.log.clear();
        if round == 2_000 {
            after_a_while = format!("{:?}", world.conversation).len();
        }
    }

    let after_long = format!("{:?}", world.conversation).len();
    assert!(
        after_long < after_a_while + after_a_while / 10,
        "{after_a_while} grew to {after_long}"
    );
}

#[test]
fn a_tick_never_spins() {
    let mut world = World::new(&world::setup(false));
    world.step(&Step::Obey);
    for _ in 0..10_000 {
        let Some(at) = world.conversation.poll_timeout(world.now) else { break };
        world.now = world.now.max(at);
        world.input(Input::Tick);
        assert!(
            world.conversation.poll_timeout(world.now).is_none_or(|next| next > world.now),
            "the deadline that has come is dealt with: {:#?}",
            world.conversation
        );
    }
    world.input(Input::Model(ModelEvent::RateLimits { reset: Duration::ZERO }));
}
