<?php
/**
 * The form for a license key, in the states that ask for one.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

use Theme_License\V1\Options_Page\Card_State;

defined( 'ABSPATH' ) || exit;

if ( ! $this->card->asks_for_key ) {
	return;
}
$this->open_form( 'theme-license-key-form' );
switch ( $this->card->state ) {
	case Card_State::LIMIT_REACHED:
		$this->put( 'move' );
		break;
	case Card_State::WRONG_DOMAIN:
		$this->put( 'wrong-domain' );
		break;
	case Card_State::DEVELOPMENT:
		$this->put( 'development' );
		break;
	default:
		$is_refused = in_array( $this->card->state, array( Card_State::SUSPENDED, Card_State::REVOKED ), true );
		$this->key_field( 'Spaces, dashes and small letters do not matter.' );
		echo '<p class="theme-license-actions">';
		$this->button( 'activate', $is_refused ? 'Use another key' : 'Validate license', 'is-primary' );
		if ( 'renew' === $this->card->remedy ) {
			$this->link( 'renew', 'Renew' );
		} elseif ( 'support' === $this->card->remedy && Card_State::NOT_ACTIVATED === $this->card->state ) {
			$this->link( 'support', 'Contact the vendor' );
		}
		$this->link( 'find_key', 'Where is my key?' );
		$this->link( 'buy', 'Buy a license' );
		echo '</p>';
		$this->put( 'other-ways' );
}
$this->close_form();
