<?php
/**
 * What does the card show? From a verdict, what the site keeps and what just failed, to words and choices.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\Options_Page;

use Theme_License\V1\Checker;
use Theme_License\V1\Signed_License;
use Theme_License\V1\Verdict;

defined( 'ABSPATH' ) || exit;

/**
 * What the template shows: a state, its badge, messages, facts, choices, and the links that the product has set. Texts are
 * HTML, as `Words` makes it, where nothing else is said.
 */
final class Card {

	private const FAULTY_FIELDS = array(
		'key_malformed'       => 'license_key',
		'license_not_found'   => 'license_key',
		'product_mismatch'    => 'license_key',
		'public_name_refused' => 'public_name',
	);
	private const REMEDIES      = array(
		'license_expired'   => 'renew',
		'license_suspended' => 'support',
		'license_revoked'   => 'support',
		'moves_exhausted'   => 'support',
	);

	/** One of the constants of `Card_State`. */
	public string $state;

	public string $badge_kind;

	public string $badge_word;

	public string $domain;

	public ?string $error;

	public ?string $warning;

	public bool $warns_after_click;

	public ?string $explanation;

	public ?string $reason;

	/** @var array<int, array{string, string}> */
	public array $facts = array();

	/** Plain text for the site's host. */
	public ?string $details;

	/** @var array<int, array{id: string, domain: string, told: string, can_move: bool}> Where else the license is in use. */
	public array $others;

	public ?string $old_activation_id = null;

	/** The domain that a site under a development name will have; plain text. */
	public ?string $public_name = null;

	/** @var array<string, string> Addresses by name. */
	public array $links;

	public bool $asks_for_key;

	/** The name of the field that holds what was refused. */
	public ?string $faulty_field = null;

	/** The name of the link that helps against what was refused. */
	public ?string $remedy = null;

	public bool $is_offline = false;

	public bool $can_check = false;

	public bool $can_deactivate = false;

	private function __construct() {
	}

	/**
	 * Return the card of a site now.
	 */
	public static function write( Words $words, Checker $checker, Request $request ): self {
		$verdict  = $checker->check();
		$kept     = $checker->state->read();
		$now      = $checker->now();
		$failure  = $request->failure;
		$state    = null === $request->other_domain ? Card_State::of( $verdict, $failure, $request->is_offline_step, $now ) : Card_State::WRONG_DOMAIN;
		$license  = Card_State::DEVELOPMENT === $state ? $checker->stored_license() : $verdict->license;
		$messages = new Messages( $words, $verdict, $kept, $failure );

		$card                    = new self();
		$card->state             = $state;
		$card->badge_kind        = Card_State::BADGES[ $state ][0];
		$card->badge_word        = $words->tell( Card_State::BADGES[ $state ][1] );
		$card->domain            = $words->domain( $verdict->domain );
		$card->error             = $messages->error();
		$card->warning           = $messages->warning();
		$card->warns_after_click = null !== $failure;
		$card->reason            = $messages->reason( $state );
		$card->others            = self::others( $words, $failure );
		$card->links             = Links::shown( null === $failure ? array() : $failure->problem );
		$card->links             = array() !== $card->links ? $card->links : Links::shown( $kept->activation ?? array() );
		if ( null !== $request->other_domain ) {
			$card->explanation  = null === $license ? null : $messages->other_domain( $license->domain, $request->other_domain );
			$card->details      = Details::of_home( $checker, $request->other_domain );
			$card->asks_for_key = false;
			return $card;
		}
		$is_usable = $verdict->ok && null !== $license;
		$has_token = null !== $kept->token && ! in_array( $state, array( Card_State::DEVELOPMENT, Card_State::WRONG_DOMAIN, Card_State::LIMIT_REACHED ), true );
		if ( $is_usable && Signed_License::ACTIVE === $license->status && ! in_array( $state, array( Card_State::OFFLINE, Card_State::LIMIT_REACHED ), true ) ) {
			$card->facts = Facts::of( $words, $license, $kept, $now );
		}
		// Where the server no longer knows this activation, only the key can mend that.
		$needs_key_again         = in_array( 'token_invalid', array( null === $failure ? null : $failure->code, $kept->last_failure ), true );
		$card->explanation       = $messages->explanation( $state, $license, $now );
		$card->details           = Details::of_call( $checker, Messages::standing_cause( $kept, $failure ) );
		$card->is_offline        = $is_usable && null === $license->refresh_at;
		$card->asks_for_key      = in_array( $state, Card_State::ASKS_FOR_KEY, true ) || $needs_key_again || ( $request->wants_key && $card->is_offline );
		$card->old_activation_id = Card_State::WRONG_DOMAIN === $state && null !== $license ? $license->activation_id : null;
		$card->public_name       = Verdict::DEVELOPMENT === $verdict->code ? $request->public_name : null;
		$card->faulty_field      = null === $failure ? null : self::FAULTY_FIELDS[ $failure->code ] ?? null;
		$card->remedy            = null === $failure ? null : self::REMEDIES[ $failure->code ] ?? null;
		$card->can_check         = $has_token && Card_State::OFFLINE !== $state;
		$card->can_deactivate    = $card->can_check && $verdict->ok;
		return $card;
	}

	/**
	 * Return the first of the other activations that can be moved here; null where none can.
	 */
	public function first_movable(): ?string {
		foreach ( $this->others as $other ) {
			if ( $other['can_move'] ) {
				return $other['id'];
			}
		}
		return null;
	}

	/**
	 * @return array<int, array{id: string, domain: string, told: string, can_move: bool}>
	 */
	private static function others( Words $words, ?Failure $failure ): array {
		$listed = null === $failure ? null : $failure->problem['activations'] ?? null;
		$others = array();
		foreach ( is_array( $listed ) ? $listed : array() as $item ) {
			if ( ! is_array( $item ) || ! is_string( $item['id'] ?? null ) ) {
				continue;
			}
			$held_until = Words::seconds_of( $item['offline_until'] ?? null );
			$seen       = Words::seconds_of( $item['last_seen'] ?? null );
			if ( null !== $held_until ) {
				$told = $words->tell( 'held by an offline license until {date}', array( 'date' => Words::day( $held_until ) ) );
			} elseif ( null !== $seen ) {
				$told = $words->tell( 'last seen {date}', array( 'date' => Words::day( $seen ) ) );
			} else {
				$told = $words->tell( 'never seen' );
			}
			$others[] = array(
				'id'       => $item['id'],
				'domain'   => $words->domain( is_string( $item['domain'] ?? null ) ? $item['domain'] : '' ),
				'told'     => $told,
				'can_move' => null === $held_until,
			);
		}
		return $others;
	}
}
