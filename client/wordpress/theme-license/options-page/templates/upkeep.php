<?php
/**
 * What may be done with a license that is there.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

use Theme_License\V1\Options_Page\Card_State;

defined( 'ABSPATH' ) || exit;

$state   = $this->card->state;
$is_kept = ! in_array( $state, array( Card_State::NOT_ACTIVATED, Card_State::LIMIT_REACHED, Card_State::WRONG_DOMAIN, Card_State::DEVELOPMENT ), true );
if ( ! $this->card->can_check && ( ! $is_kept || ( array() === $this->card->links && ! $this->card->is_offline ) ) ) {
	return;
}
$this->open_form( 'theme-license-upkeep' );
echo '<p class="theme-license-actions">';
if ( in_array( $state, array( Card_State::TERM_EXPIRED, Card_State::EXPIRING ), true ) ) {
	$this->link( 'renew', 'Renew' );
}
if ( $this->card->can_check && Card_State::TERM_EXPIRED === $state ) {
	$this->button( 'check', 'I renewed, check again' );
} elseif ( $this->card->can_check ) {
	$this->button( 'check', null === $this->card->details ? 'Check now' : 'Try again' );
}
if ( $this->card->is_offline && $this->card->asks_for_key ) {
	$this->step( array(), 'Back' );
} elseif ( $this->card->is_offline ) {
	$this->step( array( 'step' => 'key' ), 'Validate again' );
}
if ( $this->card->can_deactivate ) {
	$this->step( array( 'confirm' => 'deactivate' ), 'Deactivate on this site' );
}
if ( in_array( $state, array( Card_State::SUSPENDED, Card_State::REVOKED, Card_State::TERM_EXPIRED ), true ) ) {
	$this->link( 'support', 'Contact the vendor' );
} else {
	$this->link( 'portal', 'Manage licenses' );
}
echo '</p>';
$this->close_form();
